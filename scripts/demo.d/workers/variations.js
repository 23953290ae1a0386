// The other requests of the demo, by the path they are asked for.
const requests = {
  "/https": (env) => env.AWS_VPC_ECS_API.fetch("https://internal-host.com"),
  "/other-host": (env) => env.AWS_VPC_ECS_API.fetch("http://payroll.internal"),
  "/crossed": (env) => env.CROSSED_API.fetch("http://payroll.internal"),
};

export default {
  async fetch(request, env) {
    const send = requests[new URL(request.url).pathname];
    if (!send) return new Response(`try ${Object.keys(requests).join(", ")}\n`, { status: 404 });
    return send(env);
  },
};
