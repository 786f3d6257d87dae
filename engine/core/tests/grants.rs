//! What guests may have, as far as loading and starting decide it.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::fs;

use common::{Folder, Host, WASMCLOUD, ZOO, message, options};
use wasi_messaging_engine::{Engine, HttpHost, Outcome, inspect};

/// The zoo with an import of HTTP that it does not use.
fn with_http(version: &str) -> String {
    let import = format!(
        "(component (import \"wasi:http/types@{version}\" (instance (export \"fields\" \
         (type (sub resource)))))"
    );
    ZOO.replacen("(component", &import, 1)
}

#[test]
fn a_component_that_imports_http_needs_a_list_of_hosts() {
    let folder = Folder::new();
    let artifact = folder.artifact(&with_http("0.2.3"));
    assert!(inspect(&artifact).unwrap().unmet.is_empty());
    let engine = Engine::new(1).unwrap();
    let error = engine.load(&artifact, options()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "guest imports wasi:http, and no hosts are granted to it"
    );
    let mut host = Host::with(&artifact, |options| options.grants.http = Some(Vec::new()));
    assert_eq!(host.one("s"), Outcome::Ok);
}

#[test]
fn http_of_another_generation_is_not_given() {
    let folder = Folder::new();
    let unmet = inspect(&folder.artifact(&with_http("0.3.0")))
        .unwrap()
        .unmet;
    assert_eq!(unmet.len(), 1, "{unmet:?}");
    assert!(unmet[0].contains("wasi:http/types@0.3.0"), "{unmet:?}");
}

#[test]
fn a_grant_of_http_is_nothing_to_others() {
    let mut host = Host::with_zoo(|options| {
        let name = "a.test".into();
        options.grants.http = Some(vec![HttpHost { name, port: None }]);
    });
    assert_eq!(host.one("s"), Outcome::Ok);
}

#[test]
fn a_granted_folder_must_be_there_when_an_instance_starts() {
    let folder = Folder::new();
    let granted = folder.path("granted");
    fs::create_dir(&granted).unwrap();
    let artifact = Folder::new();
    let mut host = Host::with(&artifact.artifact(WASMCLOUD), |options| {
        options.fresh = true;
        options.grants.files = vec![wasi_messaging_engine::Folder {
            path: granted.clone(),
            guest: "/data".into(),
            write: false,
        }];
    });
    assert_eq!(host.one("a"), Outcome::Ok);
    fs::remove_dir(&granted).unwrap();
    let outcomes = host.handle(vec![(2, message("a"))]);
    let text = format!(
        "cannot start an instance of guest: cannot open the granted folder {}: ",
        granted.display()
    );
    match &outcomes[..] {
        [Outcome::Engine(found)] => assert!(found.starts_with(&text), "{found}"),
        other => panic!("{other:?}"),
    }
}
