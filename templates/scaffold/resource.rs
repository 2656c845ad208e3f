//! {{ title }}.

use fourfold::prelude::*;
{%- for one in structs %}

/// {{ one.doc }}
#[derive({{ one.derive }})]
{%- if !one.attribute.is_empty() %}
{{ one.attribute }}
{%- endif %}
pub struct {{ one.name }} {
{%- for field in one.fields %}
{%- if !field.doc.is_empty() %}
    /// {{ field.doc }}
{%- endif %}
{%- if !field.attribute.is_empty() %}
    {{ field.attribute }}
{%- endif %}
    pub {{ field.name }}: {{ field.ty }},
{%- endfor %}
}
{%- endfor %}
{%- for choice in choices %}

/// {{ choice.doc }}
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum {{ choice.name }} {
{%- for variant in choice.variants %}
    {{ variant }},
{%- endfor %}
}
{%- endfor %}
