import { isUserid, useridKey } from "@wecom-push/protocol"
import { pooled } from "./pooled.ts"
import { MAX_ERRORS, refuse } from "../../accept/issues.ts"
import type { ProblemError } from "../../problems/problem.ts"
import type { HttpDeps } from "../kit/deps.ts"
import { lookupProblem } from "./routes/lookup.ts"

interface People {
  readonly users?: readonly string[] | undefined
  readonly mobiles?: readonly string[] | undefined
  readonly emails?: readonly string[] | undefined
}

interface Person {
  readonly user?: string | undefined
  readonly mobile?: string | undefined
  readonly email?: string | undefined
}

/** Converts people in a request to userids, and collects the faults. */
export class PeopleReader {
  readonly #deps: Pick<HttpDeps, "dispatcher" | "now">
  readonly #app: string
  readonly #keyId: string
  readonly #errors: ProblemError[] = []

  constructor(deps: Pick<HttpDeps, "dispatcher" | "now">, app: string, keyId: string) {
    this.#deps = deps
    this.#app = app
    this.#keyId = keyId
  }

  async person(path: string, { user, mobile, email }: Person): Promise<string | undefined> {
    if (user !== undefined) return this.#userid(`${path}/user`, user)
    if (mobile !== undefined) return this.#lookUp(`${path}/mobile`, "mobile", mobile)
    return this.#lookUp(`${path}/email`, "email", email ?? "")
  }

  /** Each userid once, in order. @param others userids to add to them */
  async people(path: string, { users = [], mobiles = [], emails = [] }: People, others: readonly string[] = []) {
    const found = [
      ...users.map((user, at) => this.#userid(`${path}/users/${at}`, user)),
      ...(await this.#lookUpAll(`${path}/mobiles`, "mobile", mobiles)),
      ...(await this.#lookUpAll(`${path}/emails`, "email", emails)),
      ...others,
    ].filter((userid) => userid !== undefined)
    return [...new Map(found.map((userid) => [useridKey(userid), userid])).values()]
  }

  /** @throws {Problem} `invalid_value` with all faults found */
  refuseFaults(): void {
    const { length } = this.#errors
    if (length > 0) throw refuse(this.#errors.slice(0, MAX_ERRORS), Math.max(0, length - MAX_ERRORS))
  }

  #userid(path: string, userid: string): string | undefined {
    if (isUserid(userid)) return userid
    const detail = {
      en: `${path} is no userid (账号): 1 to 64 of A-Z a-z 0-9 - _ . @.`,
      zh: `${path} 不是 userid（账号）：应为 1～64 个字母、数字或 - _ . @。`,
    }
    this.#errors.push({ path, code: "bad_format", detail })
    return undefined
  }

  #lookUpAll(path: string, type: "mobile" | "email", addresses: readonly string[]): Promise<(string | undefined)[]> {
    return pooled(addresses, AT_ONCE, (address, at) => this.#lookUp(`${path}/${at}`, type, address))
  }

  /** @throws {Problem} if WeCom cannot be asked */
  async #lookUp(path: string, type: "mobile" | "email", address: string): Promise<string | undefined> {
    const { dispatcher, now } = this.#deps
    const reply = await dispatcher.lookUp({ app: this.#app, type, address, fresh: false, keyId: this.#keyId })
    if (reply.kind === "found") return reply.userid
    if (reply.kind !== "not_found" && reply.kind !== "invalid") throw lookupProblem(reply, type, now())
    const detail =
      reply.kind === "not_found"
        ? { en: `${path}: no member that the app sees has it.`, zh: `${path}：应用可见范围内没有成员使用它。` }
        : { en: `${path} is no ${type}.`, zh: `${path} 的格式不对。` }
    this.#errors.push({ path, code: reply.kind === "not_found" ? "not_found" : "bad_format", detail })
    return undefined
  }
}

const AT_ONCE = 10
