import type { Scope, KeyRecord } from "../../model/ports/keys.ts"
import { insufficientScope } from "../../accept/acceptor.ts"
import { Problem } from "../../problems/problem.ts"
import { MCP_USER_AGENT } from "./mcp-user-agent.ts"
import type { HttpDeps } from "./deps.ts"
import type { App } from "./app.ts"
import { BURST_SECONDS } from "./token-bucket.ts"
import type { TokenBuckets } from "./token-bucket.ts"

declare module "fastify" {
  interface FastifyContextConfig {
    /** The key needs one of these scopes; absent: open to everybody. */
    readonly scopes?: readonly Scope[]
    /** Also answered while the gateway stops. */
    readonly isProbe?: boolean
    /** The audit trail notes that the key came this way. */
    readonly via?: "mcp"
  }
  interface FastifyRequest {
    /** The key that makes the request; null on paths that are open to everybody. */
    key: RequestKey | null
  }
}

/** The key of a request, and the way that the request came. */
interface RequestKey extends KeyRecord {
  /** Absent: by the API itself. */
  readonly via?: "mcp"
}

/**
 * Decides who makes a request, and whether it is allowed, before a byte of the body is read.
 * @param rate the request rate of each key, shared with the paths of qyapi
 */
export function authenticate(app: App, { keyRing, audit, now }: HttpDeps, rate: TokenBuckets): void {
  app.decorateRequest("key", null)
  const policy = `"key";q=${rate.size};w=${BURST_SECONDS}`
  app.addHook("onRequest", async (request, reply) => {
    const { scopes, via = viaOf(request.headers["user-agent"]) } = request.routeOptions.config
    if (scopes === undefined) return
    const at = now()
    const found = await keyRing.find(bearerOf(request.headers.authorization), at)
    if (found === undefined) throw new Problem("unauthorized")
    const key: RequestKey = via === undefined ? found : { ...found, via }
    request.key = key
    const peer = request.socket.remoteAddress
    audit.used(key, peer)
    if (!scopes.some((scope) => key.scopes.includes(scope))) {
      const route = request.routeOptions.url ?? ""
      audit.denied({ key, peer, target: `${request.method} ${route}`, detail: { needs: scopes } })
      throw insufficientScope(scopes)
    }
    const { waitSeconds, left, fullInSeconds } = rate.take(key.client, at)
    if (rate.perSecond > 0) {
      // Headers as in draft-ietf-httpapi-ratelimit-headers.
      reply.header("RateLimit-Policy", policy).header("RateLimit", `"key";r=${left};t=${fullInSeconds}`)
    }
    if (waitSeconds > 0) throw new Problem("rate_limited", { retryAfterSeconds: waitSeconds })
  })
  // A body may take minutes to arrive, and the key may be revoked meanwhile.
  app.addHook("preHandler", async ({ key }) => {
    if (key !== null) await requireValid(key, { keyRing, now })
  })
}

/** Called after work that has taken some time: the key may have been revoked. @throws {Problem} `unauthorized` */
export async function requireValid(
  key: Pick<KeyRecord, "id">,
  { keyRing, now }: Pick<HttpDeps, "keyRing" | "now">,
): Promise<void> {
  if (!(await keyRing.isValid(key, now()))) throw new Problem("unauthorized")
}

/** @throws if the route has no `scopes`, which is a fault of ours */
export function keyOf({ key }: { readonly key: RequestKey | null }): RequestKey {
  if (key === null) throw new Error("this route asks for no key")
  return key
}

/** Tools in another process name themselves in their user agent. */
function viaOf(userAgent: string | undefined): "mcp" | undefined {
  return userAgent === MCP_USER_AGENT ? "mcp" : undefined
}

function bearerOf(authorization: string | undefined): string | undefined {
  return authorization === undefined ? undefined : /^Bearer +([\x21-\x7e]+) *$/i.exec(authorization)?.[1]
}
