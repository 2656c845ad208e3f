//! {{ doc }}

{% for module in modules -%}
pub mod {{ module }};
{% endfor %}
