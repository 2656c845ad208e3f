//! {{ title }}.

use fourfold::prelude::*;

use {{ path }}::{{ event }};

/// {{ title }}: hears {{ what }}.
///
/// What it commits by `ctx` (`execute`, `enqueue`, `publish`) happens once; what else it does happens at least once.
#[allow(clippy::unused_async, reason = "a subscriber may wait")]
pub async fn {{ name }}(event: {{ event }}, _ctx: &Context) -> Result<()> {
{%- if arms.is_empty() %}
    tracing::info!(id = %event.{{ singular }}.id, "{{ said }}");
{%- else %}
    match event {
{%- for arm in arms %}
        {{ event }}::{{ arm.variant }}(event) => {
            tracing::info!(id = %event.{{ singular }}.id, "{{ arm.said }}");
        }
{%- endfor %}
    }
{%- endif %}
    Ok(())
}

