export default { async fetch(request, env, ctx) {
  const response = await env.AWS_VPC_ECS_API.fetch("http://internal-host.com");
  return new Response(await response.text(), response); } };
