import pytest

from ovserve.config.command_line import FlagValue, UsageError, help_text, parse_arguments
from ovserve.config.flags import CORES, FLAGS, GROUPS, REFUSED
from ovserve.config.flags_services import ALIASES


@pytest.mark.parametrize(
    ("arguments", "values"),
    [
        ([], {}),
        (["--port", "9000"], {"port": 9000}),
        (["--rest-port", "9000"], {"rest_port": 9000}),
        (["--config-path=c.json"], {"config_path": "c.json"}),
        (["-v"], {"version": True}),
        (["--dt"], {"disable_token_auth": True}),
        (["--models", "a=b", "c", "--port", "1"], {"models": "a=b,c", "port": 1}),
        (["--port=9000"], {"port": 9000}),
        (["--port=9000", "--port", "1"], {"port": 1}),
        (["--config_path", "a=b.json"], {"config_path": "a=b.json"}),
        (["--config_path=a=b.json"], {"config_path": "a=b.json"}),
        (["--batch_size", "-1"], {"batch_size": "-1"}),
        (["--model_name", "-odd"], {"model_name": "-odd"}),
        (["--model_name=--port"], {"model_name": "--port"}),
        (["--file_system_poll_wait_seconds", "0.5"], {"file_system_poll_wait_seconds": 0.5}),
        (["--log_level", "TRACE"], {"log_level": "TRACE"}),
        (["-h"], {"help": True}),
        (["--help"], {"help": True}),
        (["--help", "--port", "1"], {"help": True, "port": 1}),
        (["--version", "true"], {"version": True}),
        (["--version", "False", "--port", "1"], {"version": False, "port": 1}),
        (["--version=false"], {"version": False}),
        (["--add_to_config"], {"add_to_config": True}),
        (["--add_to_config", "--model_name", "m"], {"add_to_config": True, "model_name": "m"}),
        (["--add_to_config", "/models/config.json"], {"add_to_config": "/models/config.json"}),
        (["--add_to_config=/models"], {"add_to_config": "/models"}),
        (["--remove_from_config", "true"], {"remove_from_config": True}),
        (["--remove_from_config=false"], {"remove_from_config": False}),
        (
            ["--list_models", "--model_repository_path", "/m"],
            {"list_models": True, "model_repository_path": "/m"},
        ),
        (["--grpc_memory_quota", "0"], {"grpc_memory_quota": 0}),
        (["--grpc_workers", str(CORES)], {"grpc_workers": CORES}),
        (["--sequence_cleaner_poll_wait_minutes", "0"], {"sequence_cleaner_poll_wait_minutes": 0}),
    ],
)
def test_accepts(arguments: list[str], values: dict[str, FlagValue]) -> None:
    assert parse_arguments(arguments) == values


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--prot", "1"], "unknown flag --prot; did you mean --port?"),
        (["--rest-prt", "1"], "unknown flag --rest-prt; did you mean --rest_port?"),
        (["--rest-port"], "--rest_port needs a value"),
        (["--model_name", "--rest-port", "1"], "--model_name needs a value, got the flag --rest-port"),
        (["-x"], "unknown flag -x"),
        (["-port", "1"], "unknown flag -port; did you mean --port?"),
        (["--log_lev", "1"], "unknown flag --log_lev; did you mean --log_level?"),
        (["--zzz"], "unknown flag --zzz; see --help"),
        (["--"], "unknown flag --; see --help"),
        (["serve"], "unknown argument serve; see --help"),
        ([""], "unknown argument ; see --help"),
        (["--port"], "--port needs a value"),
        (["--model_name", "--port", "1"], "--model_name needs a value, got the flag --port"),
        (["--model_name="], "--model_name needs a value that is not empty"),
        (["--port", "x"], '--port: expected an integer from 0 to 65535, got "x"'),
        (["--port", "65536"], '--port: expected an integer from 0 to 65535, got "65536"'),
        (["--port", "-1"], '--port: expected an integer from 0 to 65535, got "-1"'),
        (["--port", "1.0"], '--port: expected an integer from 0 to 65535, got "1.0"'),
        (["--port", "1" * 5000], "--port: expected an integer from 0 to 65535"),
        (["--port", "٣"], "--port: expected an integer from 0 to 65535"),
        (["--rest_port", "70000"], "--rest_port: expected an integer from 0 to 65535"),
        (["--rest_workers", "1"], '--rest_workers: expected an integer from 2 to 10000, got "1"'),
        (["--grpc_workers", str(CORES + 1)], f"--grpc_workers: expected an integer from 1 to {CORES}"),
        (["--grpc_memory_quota", "-1"], "--grpc_memory_quota: expected an integer from 0"),
        (
            ["--file_system_poll_wait_seconds", "-1"],
            "--file_system_poll_wait_seconds: expected a number from 0",
        ),
        (
            ["--file_system_poll_wait_seconds", "nan"],
            "--file_system_poll_wait_seconds: expected a number from 0",
        ),
        (["--drain_seconds", "inf"], "--drain_seconds: expected a number from 0"),
        (
            ["--log_level", "info"],
            '--log_level: expected one of TRACE, DEBUG, INFO, WARNING, ERROR, got "info"',
        ),
        (["--list_models=maybe"], '--list_models: expected true or false, got "maybe"'),
        (["--add_to_config="], "--add_to_config needs a value that is not empty"),
        (["--help=maybe"], '--help: expected true or false, got "maybe"'),
        (["--model_name", "a\udcff"], "--model_name: the value is not UTF-8"),
    ],
)
def test_refuses(arguments: list[str], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_arguments(arguments)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("flag", REFUSED, ids=lambda flag: str(flag.name))
@pytest.mark.parametrize("form", ["--{}", "--{}=x"])
def test_known_flags_that_are_not_offered_are_refused_by_name(flag: object, form: str) -> None:
    name = getattr(flag, "name")  # noqa: B009
    with pytest.raises(
        UsageError, match=f"^--{name}: .*not offered|^--{name}: .*(beyond|needs a configuration)"
    ):
        parse_arguments([form.format(name)])


def test_every_flag_of_the_released_server_is_known() -> None:
    known = """port rest_port grpc_bind_address rest_bind_address grpc_workers rest_workers
        grpc_channel_arguments grpc_max_threads grpc_memory_quota log_level log_path
        file_system_poll_wait_seconds sequence_cleaner_poll_wait_minutes
        custom_node_resources_cleaner_interval custom_node_resources_cleaner_interval_seconds cache_dir
        cpu_extension metrics_enable metrics_list trace_path allowed_origins allowed_methods allowed_headers
        allow_credentials api_key_file allowed_local_media_path allowed_media_domains verbose_response
        config_path model_name model_path batch_size shape layout model_version_policy nireq target_device
        plugin_config stateful idle_sequence_cleanup low_latency_transformation max_sequence_number mean scale
        color_format precision list_models add_to_config remove_from_config model_repository_path pull
        source_model task help version"""
    assert set(known.split()) <= FLAGS.keys()


def test_no_flag_is_listed_twice() -> None:
    listed = [flag.name for group in GROUPS for flag in group.flags] + [flag.name for flag in REFUSED]
    assert len(listed) == len(set(listed)) == len(FLAGS)


def test_the_help_has_one_line_for_every_flag_also_for_those_that_are_refused() -> None:
    lines = help_text().splitlines()
    for group in GROUPS:
        assert f"{group.heading}:" in lines
    for flag in FLAGS.values():
        (line,) = [line for line in lines if line.split()[:1] == [f"--{flag.name}"]]
        assert (flag.help or flag.not_offered) in line
        assert flag.default in line
        assert len(line) <= 130
    refused = lines.index("Known from other servers and refused:")
    assert {line.split()[0] for line in lines[refused + 1 :]} == {f"--{flag.name}" for flag in REFUSED}


def test_flags_without_effect_say_why() -> None:
    (ignored,) = (group for group in GROUPS if group.heading == "Accepted and checked, without effect")
    assert all(flag.no_effect for flag in ignored.flags)
    assert {flag.name for flag in FLAGS.values() if flag.no_effect} == {flag.name for flag in ignored.flags}


def test_aliases_stand_for_flags_and_hide_none() -> None:
    for alias, name in ALIASES.items():
        assert name.removeprefix("--") in FLAGS
        assert alias.removeprefix("--") not in FLAGS
