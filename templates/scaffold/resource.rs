//! {{ title }}.

use fourfold::prelude::*;

/// {{ doc }}.
#[derive(Resource)]
{{ attribute }}
pub struct {{ name }} {
{%- for field in fields %}
{%- if !field.doc.is_empty() %}
    /// {{ field.doc }}
{%- endif %}
{%- if !field.attribute.is_empty() %}
    {{ field.attribute }}
{%- endif %}
    pub {{ field.name }}: {{ field.ty }},
{%- endfor %}
}
{%- for choice in choices %}

/// {{ choice.doc }}
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum {{ choice.name }} {
{%- for variant in choice.variants %}
    {{ variant }},
{%- endfor %}
}
{%- endfor %}

