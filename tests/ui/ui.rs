//! Every file in the folders beside this one fails to compile, and says so as written in its `.stderr`.

#[test]
fn a_mistake_gets_an_error_that_says_what_to_do() {
    trybuild::TestCases::new().compile_fail("*/*.rs");
}
