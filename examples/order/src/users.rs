//! The user service, as this one needs it.

use fourfold::Violation;
use fourfold::prelude::*;

use crate::generated::clients::shop::user::v1::{UserApi, UserClient};

/// The client of the user service that `USER_SERVICE_URL` names; without it the service runs on this machine.
pub fn users() -> Result<UserClient> {
    let url = std::env::var("USER_SERVICE_URL").unwrap_or_else(|_| "grpc://127.0.0.1:8081".to_owned());
    UserClient::connect(&url)
}

/// Whether there is such a user. Nobody knows while the user service is away: `?` answers 503 then, and names it.
pub(crate) async fn must_exist(users: &impl UserApi, id: Uuid) -> Result<()> {
    match users.get(id).await {
        Ok(_) => Ok(()),
        Err(error) if error.is_not_found() => {
            let sentence = "points to a user that does not exist";
            let violation =
                Violation { pointer: "/user_id".to_owned(), code: "reference", message: sentence.into() };
            Err(Error::failed_precondition(format!("user_id {sentence}")).with_violations(vec![violation]))
        }
        Err(error) => Err(error.into()),
    }
}
