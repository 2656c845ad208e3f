//! The scripts. The server knows them by their hash; one that it has forgotten is sent again.

use std::sync::LazyLock;

use redis::Script;

macro_rules! scripts {
    ($($name:ident = $file:literal;)*) => {
        $(pub(super) static $name: LazyLock<Script> = LazyLock::new(|| {
            Script::new(concat!(include_str!("scripts/common.lua"), include_str!(concat!("scripts/", $file))))
        });)*
    };
}

scripts! {
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
