import fastify from "fastify"

/** The bundle as Scalar's own plugin serves it. Needs the plugin, which only a checkout has. */
export async function takeScalarBundle(): Promise<Buffer> {
  const { default: plugin } = await import("@scalar/fastify-api-reference")
  const app = fastify()
  await app.register(plugin, { routePrefix: "/page", configuration: { content: {} } })
  const answer = await app.inject("/page/js/scalar.js")
  await app.close()
  if (answer.statusCode !== 200) throw new Error(`Scalar's plugin answered ${answer.statusCode} for its bundle`)
  return answer.rawPayload
}
