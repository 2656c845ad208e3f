//! {{ title }}.

use fourfold::prelude::*;

use {{ path }}::{{ event }};

/// {{ title }}: hears {{ what }}.
///
/// What it commits by `ctx` (`execute`, `enqueue`, `publish`) happens once; what else it does happens at least once.
#[allow(clippy::unused_async, reason = "a subscriber may wait")]
{%- if one %}
pub async fn {{ name }}(event: {{ event }}, _ctx: &Context) -> Result<()> {
    tracing::info!(id = %event.{{ singular }}.id, "{{ said }}");
    Ok(())
}
{%- else %}
pub async fn {{ name }}(_event: {{ event }}, ctx: &Context) -> Result<()> {
    // `{{ event }}` has a variant for each of them: match on it where it matters which it is.
    if let Some(delivered) = ctx.delivered() {
        let heard = &delivered.event;
        tracing::info!(what = heard.kind, to = heard.subject, "heard");
    }
    Ok(())
}
{%- endif %}

