//! The code of the service, from its description here. With a `.proto` file, `tonic_prost_build` does this, and needs
//! `protoc`.

use tonic_build::manual::{Builder, Method, Service};

fn main() {
    let method = |name: &str, route: &str, input: &str, output: &str| {
        Method::builder()
            .name(name)
            .route_name(route)
            .input_type(input)
            .output_type(output)
            .codec_path("tonic_prost::ProstCodec")
            .build()
    };
    let service = Service::builder()
        .name("Board")
        .package("notes")
        .method(method("read", "Read", "crate::Topic", "crate::Note"))
        .build();
    Builder::new().build_client(false).compile(&[service]);
}
