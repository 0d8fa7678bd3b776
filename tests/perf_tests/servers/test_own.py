from ovserve.config.flags import FLAGS, Flag
from perf.servers.own import own_servers


def test_without_the_flag_there_is_one_front() -> None:
    (server,) = own_servers({name: flag for name, flag in FLAGS.items() if name != "grpc_frontend"})
    assert server.name == "ovserve/grpcio"
    assert server.fronts == {"grpc": "grpcio", "http1": "uvicorn"}
    assert "--grpc_frontend" not in server.command


def test_each_front_that_can_be_chosen_is_a_server_of_its_own() -> None:
    flag = Flag("grpc_frontend", choices=("auto", "native", "grpcio"))
    servers = {server.name: server for server in own_servers({"grpc_frontend": flag})}
    assert set(servers) == {"ovserve/native", "ovserve/grpcio"}
    assert servers["ovserve/native"].command[-2:] == ("--grpc_frontend", "native")
    assert servers["ovserve/native"].fronts == {"grpc": "native", "http1": "native"}
