//! What guests may have, as far as loading and starting decide it.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::fs;
use std::path::Path;

use common::{Folder, Host, WASMCLOUD, ZOO, options};
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

fn granted(path: &Path) -> Vec<wasi_messaging_engine::Folder> {
    vec![wasi_messaging_engine::Folder {
        path: path.into(),
        guest: "/data".into(),
        write: false,
    }]
}

#[test]
fn a_granted_folder_must_be_there_when_the_component_is_loaded() {
    let folder = Folder::new();
    let gone = folder.path("gone");
    let mut options = options();
    options.grants.files = granted(&gone);
    let engine = Engine::new(1).unwrap();
    let error = engine.load(&folder.artifact(WASMCLOUD), options);
    let text = format!("guest: cannot open the granted folder {}: ", gone.display());
    let error = error.unwrap_err().to_string();
    assert!(error.starts_with(&text), "{error}");
}

#[test]
fn an_instance_needs_no_path_to_a_granted_folder() {
    let folder = Folder::new();
    let path = folder.path("granted");
    fs::create_dir(&path).unwrap();
    let artifact = Folder::new();
    let mut host = Host::with(&artifact.artifact(WASMCLOUD), |options| {
        options.fresh = true;
        options.grants.files = granted(&path);
    });
    fs::remove_dir(&path).unwrap();
    assert_eq!(host.one("a"), Outcome::Ok);
}
