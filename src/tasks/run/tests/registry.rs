//! Names of tasks against each other.

use super::{Hits, Parcel};
use crate::descriptor::{TaskDescriptor, TaskSettings};
use crate::resource::Resource as _;
use crate::tasks::registry::Registry;

mod elsewhere {
    use crate::prelude::*;

    #[derive(Resource)]
    #[resource(package = "other.parcel.v1", path = "other-parcels", table = "other_parcels")]
    pub(super) struct Parcel {
        #[field(id)]
        pub id: Uuid,
    }

    pub(super) mod second {
        use crate::prelude::*;

        #[derive(Resource)]
        #[resource(package = "test.parcel.v2", path = "parcels", table = "parcels_2")]
        pub(crate) struct Parcel {
            #[field(id)]
            pub id: Uuid,
        }
    }
}

static NOTHING: crate::descriptor::ValueDescriptor =
    crate::descriptor::ValueDescriptor { name: "Nothing", doc: "", fields: &[] };

const fn own(name: &'static str) -> TaskDescriptor {
    TaskDescriptor {
        name,
        doc: "",
        input: &NOTHING,
        settings: TaskSettings::NONE,
        schedule: None,
        run: |_, _| Box::pin(async { Ok(None) }),
    }
}

#[test]
fn a_name_is_given_once() {
    static ONE: TaskDescriptor = own("parcel.wrap");
    static SAME: TaskDescriptor = own("parcel.wrap");
    static OPERATION: TaskDescriptor = own("parcel.send");
    let (parcel, hits) = (Parcel::DESCRIPTOR, Hits::DESCRIPTOR);
    let second = elsewhere::second::Parcel::DESCRIPTOR;
    assert_eq!(Registry::mistakes(&[parcel, hits, second], &[&ONE]), Vec::<String>::new());
    assert!(Registry::new(&[second], &[]).get("parcel.v2.create").is_some());
    // That is said elsewhere.
    assert_eq!(Registry::mistakes(&[parcel, parcel], &[]), Vec::<String>::new());

    let wrong =
        Registry::mistakes(&[parcel, elsewhere::Parcel::DESCRIPTOR], &[&ONE, &ONE, &SAME, &OPERATION]);
    assert_eq!(
        wrong,
        [
            "the tasks of test.parcel.v1.Parcel and of other.parcel.v1.Parcel have the same names, parcel.create and so \
         on: give one of the two structs another name",
            "the task parcel.wrap is registered twice: leave one of the two out",
            "two tasks are called parcel.wrap: write another `name = \"..\"` for one of them",
            "the task parcel.send is called as an operation of test.parcel.v1.Parcel is: write another `name = \"..\"` for it",
        ]
    );
}
