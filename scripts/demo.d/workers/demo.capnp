# Configuration of stock workerd; scripts/demo.d/worker.sh fills in what stands between @s.
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "seed", worker = .seed),
    (name = "variations", worker = .variations),
    # The binding: its service id and token are here, out of reach of the Worker.
    (name = "vpc-host", external = (address = "@edge@", http = (style = host,
      forwardedProtoHeader = "X-Forwarded-Proto", cfBlobHeader = "X-CF-Blob",
      injectRequestHeaders = [(name = "X-VPC-Service-Id", value = "@service@"),
                              (name = "X-VPC-Binding-Token", value = "@token@"),
                              (name = "CF-Connecting-IP")]))),
    # The same token with the id of a service that it is not for.
    (name = "vpc-crossed", external = (address = "@edge@", http = (style = host,
      forwardedProtoHeader = "X-Forwarded-Proto", cfBlobHeader = "X-CF-Blob",
      injectRequestHeaders = [(name = "X-VPC-Service-Id", value = "@crossed_service@"),
                              (name = "X-VPC-Binding-Token", value = "@token@"),
                              (name = "CF-Connecting-IP")]))),
    (name = "no-network", network = (allow = [])),
  ],
  sockets = [
    (name = "seed", address = "@seed_socket@", http = (), service = "seed"),
    (name = "variations", address = "@variations_socket@", http = (), service = "variations"),
  ],
);

const seed :Workerd.Worker = (
  modules = [(name = "seed.js", esModule = embed "seed.js")],
  compatibilityDate = "2025-01-01",
  bindings = [(name = "AWS_VPC_ECS_API", service = "vpc-host")],
  globalOutbound = "no-network",
);

const variations :Workerd.Worker = (
  modules = [(name = "variations.js", esModule = embed "variations.js")],
  compatibilityDate = "2025-01-01",
  bindings = [(name = "AWS_VPC_ECS_API", service = "vpc-host"),
              (name = "CROSSED_API", service = "vpc-crossed")],
  globalOutbound = "no-network",
);
