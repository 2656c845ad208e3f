//! Typed clients of old contracts, as one type.

use std::future::Future;
use std::pin::Pin;

use fourfold::client::RemoteError;

/// What a call gives: a message, encoded by the old type.
pub type Called<'a> = Pin<Box<dyn Future<Output = Result<Vec<u8>, RemoteError>> + Send + 'a>>;

/// A typed client; messages go in and come out encoded.
pub trait Caller: Send + Sync {
    /// Calls a method.
    fn call<'a>(&'a self, call: Call<'a>) -> Called<'a>;
}

/// A call of a method.
#[derive(Clone, Copy, Debug)]
pub enum Call<'a> {
    /// By the id.
    Get(&'a str),
    /// With a filter and an order.
    List(&'a str, &'a str),
    /// The message.
    Create(&'a [u8]),
    /// The message and the mask.
    Update(&'a [u8], &'a [&'a str]),
    /// By the id.
    Delete(&'a str),
    /// The operation, the id, and the input if there is any.
    Operation(&'a str, &'a str, &'a [u8]),
}

/// A [`Caller`] over the generated client of a resource `Thing`.
#[macro_export]
macro_rules! caller {
    ($($path:ident)::+, $id:ident, $list:ident, $($operation:ident $(($input:ident))?),*) => {
        use $crate::judge::prost::Message as _;
        use $crate::judge::{Call, Called, Caller};
        use $($path)::+ as old;
        use old::ThingApi as _;

        struct Old(old::ThingClient);

        pub fn caller(client: fourfold::client::Client) -> Box<dyn Caller> {
            Box::new(Old(old::ThingClient::new(client)))
        }

        impl Caller for Old {
            fn call<'a>(&'a self, call: Call<'a>) -> Called<'a> {
                Box::pin(async move {
                    let id = |text: &str| text.parse::<$id>().expect("an id of the old type");
                    Ok(match call {
                        Call::Get(key) => self.0.get(id(key)).await?.encode_to_vec(),
                        Call::List(filter, order_by) => {
                            let (filter, order_by) = (filter.to_owned(), order_by.to_owned());
                            let request = old::$list { filter, order_by, ..Default::default() };
                            self.0.list(request).await?.encode_to_vec()
                        }
                        Call::Create(body) => {
                            self.0.create(old::Thing::decode(body).expect("a thing")).await?.encode_to_vec()
                        }
                        Call::Update(body, mask) => {
                            self.0.update(old::Thing::decode(body).expect("a thing"), mask).await?.encode_to_vec()
                        }
                        Call::Delete(key) => {
                            self.0.delete(id(key)).await?;
                            Vec::new()
                        }
                        $(Call::Operation(stringify!($operation), key, _input) => {
                            self.0.$operation(id(key) $(, old::$input::decode(_input).expect("an input"))?).await?.encode_to_vec()
                        })*
                        Call::Operation(name, ..) => unreachable!("the contract has no {name}"),
                    })
                })
            }
        }
    };
}
