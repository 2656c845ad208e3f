#[allow(deprecated)]
const _: () = {
    use ::fourfold::generated as __fourfold;
    static __DESCRIPTOR: __fourfold::ValueDescriptor = __fourfold::ValueDescriptor {
        name: "Tidy",
        doc: "",
        fields: &[],
    };
    #[automatically_derived]
    impl __fourfold::Value for Tidy {
        const DESCRIPTOR: &'static __fourfold::ValueDescriptor = &__DESCRIPTOR;
        fn into_cells(self) -> __fourfold::Row {
            __fourfold::Vec::new()
        }
        fn from_cells(__row: __fourfold::Row) -> __fourfold::Result<Self> {
            __fourfold::Ok(Self {})
        }
    }
    static __TASK: __fourfold::TaskDescriptor = __fourfold::TaskDescriptor {
        name: "store.tidy",
        doc: "",
        input: &__DESCRIPTOR,
        settings: __fourfold::TaskSettings::NONE,
        schedule: __fourfold::None,
        run: __fourfold::run_task::<Tidy>,
    };
    #[automatically_derived]
    impl __fourfold::Task for Tidy {
        const TASK: &'static __fourfold::TaskDescriptor = &__TASK;
    }
};
