//! The scripts. The server knows them by their hash; one that it has forgotten is sent again.

crate::redis::scripts! {
    "common.lua":
    ENQUEUE = "enqueue.lua";
    CLAIM = "claim.lua";
    EXTEND = "extend.lua";
    FINISH = "finish.lua";
    LIST = "list.lua";
    ROWS = "rows.lua";
    CANCEL = "cancel.lua";
    REQUEUE = "requeue.lua";
    DRAIN = "drain.lua";
    PRUNE = "prune.lua";
}
