//! Keys that are accepted although the part behind them is not built yet. Said once at start, so
//! that nobody relies on what does not happen.

use crate::config::Config;

/// Pointer, and what does not happen yet. A key counts where the file says it and it asks for something.
const UNBUILT: [(&str, &str); 3] = [
    ("/deployments/monitor_ci_cd", "following the pipeline"),
    ("/deployments/auto_rollback_on_spike", "rolling back"),
    ("/deployments/rollback_threshold", "rolling back"),
];

/// One sentence that names them all; `None` where the file uses none of them.
pub fn warning(config: &Config) -> Option<String> {
    let said = |pointer: &str| {
        let value = config.document.value.pointer(pointer)?;
        (*value != serde_json::Value::Bool(false)).then(|| pointer.trim_start_matches('/').replace('/', "."))
    };
    let mut keys: Vec<String> = UNBUILT.iter().filter_map(|(pointer, _)| said(pointer)).collect();
    // Only their `false` is not built: deployments are marked, and compared, in any case.
    for pointer in ["/deployments/enabled", "/deployments/track_error_rate_changes"] {
        if config.document.value.pointer(pointer) == Some(&serde_json::Value::Bool(false)) {
            keys.push(format!("{}: false", pointer.trim_start_matches('/').replace('/', ".")));
        }
    }
    let provider = config.document.value.pointer("/monitoring/apm_provider").and_then(|v| v.as_str());
    if let Some(provider) = provider.filter(|provider| *provider != "prometheus") {
        keys.push(format!("monitoring.apm_provider: {provider}"));
    }
    let unpaged = config.unpaged().map(|keys| {
        format!("{keys} asks to page whoever is on call, and `pagerduty` is not set up: nobody is paged")
    });
    match (keys.is_empty(), unpaged) {
        (true, unpaged) => unpaged,
        (false, None) => Some(format!("accepted, but not built yet: {}", keys.join(", "))),
        (false, Some(unpaged)) => {
            Some(format!("accepted, but not built yet: {}; {unpaged}", keys.join(", ")))
        }
    }
}
