//! {{ title }}.

use fourfold::prelude::*;

/// {{ title }}.
#[derive(Task)]
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

impl {{ handler }} for {{ name }} {
    type Output = ();

    /// An attempt may be repeated: what it does to the world outside should carry the task's id.
    async fn run(self, ctx: &{{ context }}) -> {{ result }}<()> {
        tracing::info!(task = ?ctx.attempt().map(|attempt| attempt.task), "{{ words }}");
        Ok(())
    }
}

