"""Flags that are known from OpenVINO Model Server and refused by name, with the reason."""

from ovserve.config.flag import Flag


def _refused(reason: str, *names: str) -> tuple[Flag, ...]:
    return tuple(Flag(name, not_offered=reason) for name in names)


NOT_OFFERED = (
    *_refused(
        "stateful models are not offered",
        "stateful",
        "idle_sequence_cleanup",
        "low_latency_transformation",
        "max_sequence_number",
    ),
    *_refused(
        "a custom loader needs a configuration file; see --config_path",
        "custom_loader_options",
        "allow_cache",
    ),
    *_refused("tracing is not offered", "trace_path"),
    *_refused(
        "generative models are beyond what ovserve serves",
        "api_key_file",
        "allowed_local_media_path",
        "allowed_media_domains",
        "verbose_response",
        "pull",
        "source_model",
        "source_loras",
        "task",
        "overwrite_models",
        "gguf_filename",
        "weight-format",
        "extra_quantization_params",
        "vocoder",
        "tool_parser",
        "reasoning_parser",
        "enable_tool_guided_generation",
        "pipeline_type",
        "cache_size",
        "kv_cache_precision",
        "draft_source_model",
        "max_num_seqs",
        "max_num_batched_tokens",
        "enable_prefix_caching",
        "dynamic_split_fuse",
        "max_prompt_len",
        "model_distribution_policy",
        "max_allowed_chunks",
        "normalize",
        "truncate",
        "pooling",
        "num_streams",
        "resolution",
    ),
)
