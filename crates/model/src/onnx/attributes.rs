//! A node's attributes, read by name and type; one that nobody asked for is refused, since ignoring
//! it could change what the network computes.

use super::proto::{AttributeProto, NodeProto, TensorProto};
use std::cell::RefCell;

/// The attributes of one node, and what was wrong with them.
pub(crate) struct Attributes<'a> {
    node: &'a NodeProto,
    asked: RefCell<Vec<&'static str>>,
    problems: RefCell<Vec<String>>,
}

impl<'a> Attributes<'a> {
    pub(crate) fn of(node: &'a NodeProto) -> Self {
        Self { node, asked: RefCell::default(), problems: RefCell::default() }
    }

    /// The integer `name`, or `default` where it is absent.
    pub(crate) fn int(&self, name: &'static str, default: i64) -> i64 {
        self.read(name, "an integer", |attribute| attribute.i).unwrap_or(default)
    }

    /// The float `name`, or `default` where it is absent.
    pub(crate) fn float(&self, name: &'static str, default: f32) -> f32 {
        self.read(name, "a float", |attribute| attribute.f).unwrap_or(default)
    }

    /// The text `name`, or `default` where it is absent.
    pub(crate) fn text(&self, name: &'static str, default: &str) -> String {
        self.read(name, "a text", |attribute| {
            attribute.s.as_ref().and_then(|bytes| String::from_utf8(bytes.clone()).ok())
        })
        .unwrap_or_else(|| default.to_owned())
    }

    /// The integers `name`; none where the attribute is absent.
    pub(crate) fn ints(&self, name: &'static str) -> Option<&'a [i64]> {
        self.read(name, "a list of integers", |attribute| {
            (!attribute.ints.is_empty()).then_some(attribute.ints.as_slice())
        })
    }

    /// The floats `name`; none where the attribute is absent.
    pub(crate) fn floats(&self, name: &'static str) -> Option<&'a [f32]> {
        self.read(name, "a list of floats", |attribute| {
            (!attribute.floats.is_empty()).then_some(attribute.floats.as_slice())
        })
    }

    /// The tensor `name`; none where the attribute is absent.
    pub(crate) fn tensor(&self, name: &'static str) -> Option<&'a TensorProto> {
        self.read(name, "a tensor", |attribute| attribute.t.as_ref())
    }

    /// A flag that must have one value to be supported.
    pub(crate) fn require_int(&self, name: &'static str, only: i64, default: i64) {
        let value = self.int(name, default);
        if value != only {
            self.complain(format!("{name} = {value} (only {only} is supported)"));
        }
    }

    /// An attribute that has no influence on what inference computes.
    pub(crate) fn ignore(&self, name: &'static str) {
        self.asked.borrow_mut().push(name);
    }

    /// Notes something unsupported.
    pub(crate) fn complain(&self, problem: String) {
        self.problems.borrow_mut().push(problem);
    }

    /// Everything unsupported, including attributes that nobody asked for.
    pub(crate) fn into_problems(self) -> Vec<String> {
        let asked = self.asked.into_inner();
        let mut problems = self.problems.into_inner();
        for attribute in &self.node.attribute {
            if !asked.contains(&attribute.name.as_str()) {
                problems.push(format!("attribute '{}' is not supported", attribute.name));
            }
        }
        problems
    }

    fn read<T>(
        &self,
        name: &'static str,
        wanted: &str,
        get: impl FnOnce(&'a AttributeProto) -> Option<T>,
    ) -> Option<T> {
        self.asked.borrow_mut().push(name);
        let attribute = self.node.attribute.iter().find(|attribute| attribute.name == name)?;
        let value = get(attribute);
        if value.is_none() {
            self.complain(format!("attribute '{name}' is not {wanted}"));
        }
        value
    }
}
