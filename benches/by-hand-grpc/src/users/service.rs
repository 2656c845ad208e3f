//! The users' service.

use tonic::codec::CompressionEncoding;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::model::{self, User};
use super::proto::user_service_server::{UserService, UserServiceServer};
use super::proto::{self, DeleteUserRequest, GetUserRequest, ListUsersRequest, ListUsersResponse};
use super::proto::{CreateUserRequest, UpdateUserRequest};
use super::store;
use crate::database::Database;
use crate::failure;
use crate::idempotency::{self, Key};
use crate::outbox;

const KIND: &str = "bench.user.v1.User";

struct Users {
    database: Database,
}

/// The service, with the limits that a service should have.
pub(crate) fn service(database: Database) -> UserServiceServer<impl UserService> {
    UserServiceServer::new(Users { database })
        .accept_compressed(CompressionEncoding::Gzip)
        .send_compressed(CompressionEncoding::Gzip)
        .max_decoding_message_size(1024 * 1024)
}

#[tonic::async_trait]
impl UserService for Users {
    async fn get_user(&self, request: Request<GetUserRequest>) -> Result<Response<proto::User>, Status> {
        let id = key(&request.get_ref().id)?;
        let user = store::find(&self.database, id).await.map_err(failure::store)?;
        Ok(Response::new(user.ok_or_else(failure::not_found)?.into_proto()))
    }

    async fn list_users(
        &self,
        request: Request<ListUsersRequest>,
    ) -> Result<Response<ListUsersResponse>, Status> {
        let request = request.into_inner();
        let size = match request.page_size {
            0 => 50,
            size => i64::from(size),
        };
        if !(1..=1000).contains(&size) {
            return Err(failure::bad("page_size", "must be from 1 to 1000"));
        }
        let after = match request.page_token.as_str() {
            "" => None,
            token => Some(token.parse().map_err(|_| failure::bad("page_token", "is not a token"))?),
        };
        let mut users = store::page(&self.database, after, size + 1).await.map_err(failure::store)?;
        let mut next_page_token = String::new();
        if i64::try_from(users.len()).is_ok_and(|count| count > size) {
            users.pop();
            next_page_token = users.last().map(|user| user.id.to_string()).unwrap_or_default();
        }
        let users = users.into_iter().map(User::into_proto).collect();
        Ok(Response::new(ListUsersResponse { users, next_page_token }))
    }

    async fn create_user(
        &self,
        request: Request<CreateUserRequest>,
    ) -> Result<Response<proto::User>, Status> {
        let request = request.into_inner();
        let key = Key::of(&request.request_id, "CreateUser", &request)?;
        let user = User::new(request.user.ok_or_else(|| failure::bad("user", "is required"))?)?;

        let mut transaction = self.database.begin().await.map_err(failure::store)?;
        if let Some(answer) = idempotency::replay(&mut transaction, key.as_ref()).await? {
            return Ok(Response::new(answer));
        }
        store::insert(&mut transaction, &user).await.map_err(failure::store)?;
        let event = serde_json::to_string(&user).map_err(|_| Status::internal(""))?;
        outbox::append(&mut transaction, KIND, user.id, "user.created", &event)
            .await
            .map_err(failure::store)?;
        let answer = user.into_proto();
        idempotency::record(&mut transaction, key, &answer).await?;
        transaction.commit().await.map_err(failure::store)?;
        Ok(Response::new(answer))
    }

    async fn update_user(
        &self,
        request: Request<UpdateUserRequest>,
    ) -> Result<Response<proto::User>, Status> {
        let request = request.into_inner();
        let record = Key::of(&request.request_id, "UpdateUser", &request)?;
        let patch = request.user.ok_or_else(|| failure::bad("user", "is required"))?;
        let id = key(&patch.id)?;

        let mut transaction = self.database.begin().await.map_err(failure::store)?;
        if let Some(answer) = idempotency::replay(&mut transaction, record.as_ref()).await? {
            return Ok(Response::new(answer));
        }
        let user = store::find_to_write(&mut transaction, id).await.map_err(failure::store)?;
        let user = user.ok_or_else(failure::not_found)?;
        if !patch.etag.is_empty() && patch.etag != model::etag(user.version) {
            return Err(failure::version_mismatch());
        }
        let mask = request.update_mask.as_ref().map(|mask| mask.paths.as_slice());
        let user = user.patched(&patch, mask)?;
        store::update(&mut transaction, &user).await.map_err(failure::store)?;
        let event = serde_json::to_string(&user).map_err(|_| Status::internal(""))?;
        outbox::append(&mut transaction, KIND, id, "user.updated", &event).await.map_err(failure::store)?;
        let answer = user.into_proto();
        idempotency::record(&mut transaction, record, &answer).await?;
        transaction.commit().await.map_err(failure::store)?;
        Ok(Response::new(answer))
    }

    async fn delete_user(&self, request: Request<DeleteUserRequest>) -> Result<Response<()>, Status> {
        let request = request.into_inner();
        let record = Key::of(&request.request_id, "DeleteUser", &request)?;
        let id = key(&request.id)?;

        let mut transaction = self.database.begin().await.map_err(failure::store)?;
        if let Some(()) = idempotency::replay(&mut transaction, record.as_ref()).await? {
            return Ok(Response::new(()));
        }
        let user = store::find_to_write(&mut transaction, id).await.map_err(failure::store)?;
        let user = user.ok_or_else(failure::not_found)?;
        if !request.etag.is_empty() && request.etag != model::etag(user.version) {
            return Err(failure::version_mismatch());
        }
        store::delete(&mut transaction, id).await.map_err(failure::store)?;
        let event = serde_json::to_string(&user).map_err(|_| Status::internal(""))?;
        outbox::append(&mut transaction, KIND, id, "user.deleted", &event).await.map_err(failure::store)?;
        idempotency::record(&mut transaction, record, &()).await?;
        transaction.commit().await.map_err(failure::store)?;
        Ok(Response::new(()))
    }
}

/// An id that cannot be one is an id of nothing.
fn key(id: &str) -> Result<Uuid, Status> {
    id.parse().map_err(|_| failure::not_found())
}
