//! The scripts. The server knows them by their hash; one that it has forgotten is sent again.

crate::redis::scripts! {
    "common.lua":
    PUBLISH = "publish.lua";
    SUBSCRIBE = "subscribe.lua";
    TAKE = "take.lua";
    EXTEND = "extend.lua";
    FINISH = "finish.lua";
    LETTERS = "letters.lua";
    REVIVE = "revive.lua";
    SEEK = "seek.lua";
    FORGET = "forget.lua";
    STATUS = "status.lua";
    PRUNE = "prune.lua";
}
