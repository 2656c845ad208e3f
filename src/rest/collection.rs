//! A resource in the formats that it speaks. All speak JSON and XML; protobuf needs the contract that a build writes.

use http::HeaderMap;
#[cfg(feature = "grpc")]
use http::request::Parts;

use super::negotiate::{self, Format};
#[cfg(feature = "grpc")]
use super::{conditional, request};
use crate::cell::{Cell, Input};
use crate::core::Preconditions;
#[cfg(feature = "grpc")]
use crate::core::Versions;
use crate::descriptor::{Descriptor, Operation};
use crate::error::{Error, ErrorKind, Result};
use crate::input::{self, Mode, Violations};
use crate::json::{self, View};
#[cfg(feature = "grpc")]
use crate::{proto, rpc};

/// A resource, and how it is a message.
#[derive(Debug)]
pub(super) struct Collection {
    pub(super) descriptor: &'static Descriptor,
    #[cfg(feature = "grpc")]
    plan: Option<proto::Plan>,
}

#[cfg_attr(not(feature = "grpc"), allow(clippy::unused_self, reason = "none of them has messages then"))]
impl Collection {
    pub(super) fn new(descriptor: &'static Descriptor) -> Self {
        Self {
            descriptor,
            // What does not link has been told when the server was checked.
            #[cfg(feature = "grpc")]
            plan: proto::Plan::link(descriptor).ok().flatten(),
        }
    }

    /// Whether it has messages.
    pub(super) const fn speaks_protobuf(&self) -> bool {
        #[cfg(feature = "grpc")]
        return self.plan.is_some();
        #[cfg(not(feature = "grpc"))]
        false
    }

    /// The format of the answer, which was chosen among all that there are.
    pub(super) fn answer_format(&self, headers: &HeaderMap, format: Format) -> Result<Format> {
        if format.is_protobuf() && !self.speaks_protobuf() {
            return negotiate::answer_format(headers, false);
        }
        Ok(format)
    }

    /// The format of the body.
    pub(super) fn body_format(&self, headers: &HeaderMap, patch: bool) -> Result<Format> {
        let format = negotiate::body_format(headers, patch, self.speaks_protobuf())?;
        if format.is_protobuf() && !self.speaks_protobuf() {
            let types = negotiate::body_types(patch, false);
            let sentence = format!(
                "{} has no messages, because its package has no build script that calls fourfold_codegen::build; \
                 send one of {types}, in UTF-8",
                self.descriptor.full_name()
            );
            return Err(Error::new(ErrorKind::UnsupportedMediaType, sentence));
        }
        Ok(format)
    }

    /// Reads a body. `None` where it can't be read at all.
    pub(super) fn object(
        &self,
        format: Format,
        mode: Mode,
        body: &[u8],
        violations: &mut Violations,
    ) -> Option<Input> {
        let descriptor = self.descriptor;
        match format {
            Format::Json => json::object(mode, descriptor.fields, body, violations),
            #[cfg(feature = "xml")]
            Format::Xml => crate::xml::object(mode, descriptor.fields, descriptor.singular, body, violations),
            #[cfg(feature = "grpc")]
            Format::Protobuf => self.plan.as_ref()?.object(mode, body, violations),
        }
    }

    /// Reads what an operation takes.
    pub(super) fn operation_input(
        &self,
        format: Format,
        operation: &'static Operation,
        body: &[u8],
        violations: &mut Violations,
    ) -> Option<Vec<Cell>> {
        let fields = operation.input.map_or(&[][..], |input| input.fields);
        let input = match format {
            Format::Json => json::object(Mode::Value, fields, body, violations),
            #[cfg(feature = "xml")]
            Format::Xml => crate::xml::object(Mode::Value, fields, "input", body, violations),
            #[cfg(feature = "grpc")]
            Format::Protobuf => {
                return match self.plan.as_ref()?.operation_input(operation, body, violations)? {
                    Cell::Value(cells) => Some(cells),
                    _ => Some(Vec::new()),
                };
            }
        };
        input.map(input::into_cells)
    }

    /// Writes a row.
    pub(super) fn encode_row(&self, format: Format, out: &mut Vec<u8>, cells: &[Cell]) {
        match format {
            Format::Json => json::encode_row(out, self.descriptor.fields, cells, View::Caller),
            #[cfg(feature = "xml")]
            Format::Xml => crate::xml::encode_row(out, self.descriptor, cells),
            #[cfg(feature = "grpc")]
            Format::Protobuf => {
                if let Some(plan) = &self.plan {
                    plan.encode_row(out, cells);
                }
            }
        }
    }

    /// Writes a page of rows.
    pub(super) fn encode_page(
        &self,
        format: Format,
        out: &mut Vec<u8>,
        rows: &[Vec<Cell>],
        next_page_token: &str,
    ) {
        match format {
            Format::Json => {
                out.push(b'{');
                json::encode_string(out, self.descriptor.plural);
                out.extend_from_slice(b":[");
                for (index, cells) in rows.iter().enumerate() {
                    if index > 0 {
                        out.push(b',');
                    }
                    json::encode_row(out, self.descriptor.fields, cells, View::Caller);
                }
                out.extend_from_slice(b"],\"next_page_token\":");
                json::encode_string(out, next_page_token);
                out.push(b'}');
            }
            #[cfg(feature = "xml")]
            Format::Xml => crate::xml::encode_page(out, self.descriptor, rows, next_page_token),
            #[cfg(feature = "grpc")]
            Format::Protobuf => {
                if let Some(plan) = &self.plan {
                    plan.encode_page(out, rows, next_page_token);
                }
            }
        }
    }
}

/// What a message says beside its fields.
impl Collection {
    /// The paths of `update_mask`, which protobuf bodies have because they can't say null.
    #[cfg(feature = "grpc")]
    pub(super) fn update_mask(parts: &Parts) -> Result<Option<Vec<String>>> {
        let mask = request::only_parameter(parts, "update_mask")?;
        Ok(mask.as_deref().map(proto::mask_paths))
    }

    /// Reads the body of an update by its mask.
    #[cfg(feature = "grpc")]
    pub(super) fn update(
        &self,
        body: &[u8],
        mask: Option<&[String]>,
        violations: &mut Violations,
    ) -> Option<Input> {
        self.plan.as_ref()?.update(body, mask, violations)
    }

    /// A message that says which version it is a change of names it as `If-Match` does; where both do, both hold.
    #[cfg(feature = "grpc")]
    pub(super) fn expect(
        &self,
        format: Format,
        body: &[u8],
        preconditions: &mut Preconditions,
    ) -> Result<()> {
        let (Format::Protobuf, Some(plan)) = (format, &self.plan) else { return Ok(()) };
        let (_, etag) = plan.identity(body);
        if etag.is_empty() {
            return Ok(());
        }
        let versions = conditional::versions_of(&etag).ok_or_else(|| {
            let message = "must be an etag as it was given, such as \"7\" with the double quotes, or *";
            Error::violation(format!("/{}", rpc::ETAG), "syntax", message)
        })?;
        preconditions.matches = Some(match preconditions.matches.take() {
            None | Some(Versions::Any) => versions,
            Some(Versions::These(mut these)) => {
                these.retain(|version| versions.contain(*version));
                Versions::These(these)
            }
        });
        Ok(())
    }

    /// No other format says it in the body.
    #[cfg(not(feature = "grpc"))]
    #[allow(clippy::unused_self, clippy::unnecessary_wraps, reason = "as where there is protobuf")]
    pub(super) fn expect(&self, _: Format, _: &[u8], _: &mut Preconditions) -> Result<()> {
        Ok(())
    }
}
