import type { FastifyRequest } from "fastify"
import { Problem } from "../../problems/problem.ts"
import { coversApps } from "../../model/ports/covers-apps.ts"
import { isListed } from "../../model/forward-rules.ts"
import type { KeyRecord, NewKey } from "../../model/ports/keys.ts"
import { keyOf } from "./authenticate.ts"
import type { HttpDeps } from "./deps.ts"

/** The rights of a key: actions, apps and audience. */
export type KeyRights = Pick<NewKey, "apps" | "scopes" | "audienceCap" | "forward">

/** Whether `inner` is within `outer`: an administrator may give or take only rights that it holds itself. */
export function isWithin(inner: KeyRights, outer: KeyRights): boolean {
  const { audienceCap: cap = Infinity } = inner
  return (
    coversApps(outer.apps, inner.apps) &&
    inner.scopes.every((scope) => outer.scopes.includes(scope)) &&
    inner.forward.every((path) => isListed(path, outer.forward)) &&
    cap <= (outer.audienceCap ?? Infinity)
  )
}

/**
 * Checks a right that a scope alone does not decide.
 * @returns the caller's key
 * @throws {Problem} `refusal`, which the audit trail records
 */
export function requireRights(
  request: FastifyRequest,
  isReached: boolean,
  { audit }: Pick<HttpDeps, "audit">,
  refusal: Problem = new Problem("beyond_reach"),
): KeyRecord {
  const key = keyOf(request)
  if (isReached) return key
  const target = `${request.method} ${request.routeOptions.url ?? ""}`
  audit.denied({ key, peer: request.socket.remoteAddress, target, detail: { problem: refusal.code } })
  throw refusal
}
