/** An app as a simulator describes it, as far as callbacks go. */
export interface SimulatedApp {
  readonly agentid: number
  readonly callback: { readonly url: string; readonly token: string; readonly encoding_aes_key: string }
}

export interface SimulatedOrg {
  readonly corp_id: string
  readonly apps: readonly SimulatedApp[]
}

/** It is no simulator, or it refuses what it is asked for. */
export class SimulatorRefusal extends Error {
  override readonly name = "SimulatorRefusal"
}

/** The organisation of a simulator. @throws {SimulatorRefusal} */
export async function readOrg(simulator: string): Promise<SimulatedOrg> {
  const org = await control(simulator)
  if (isOrg(org)) return org
  throw new SimulatorRefusal(`no simulator answers at ${simulator}`)
}

/**
 * Sets in a simulator where apps get their callbacks, as an administrator does in WeCom's console.
 * @param urls by agentid
 * @throws {SimulatorRefusal} also when an address does not answer WeCom's question
 */
export async function callBack(simulator: string, urls: ReadonlyMap<number, string>): Promise<void> {
  const org = await readOrg(simulator)
  const apps = org.apps.map((app) => {
    const url = urls.get(app.agentid)
    return url === undefined ? app : { ...app, callback: { ...app.callback, url } }
  })
  await control(simulator, { ...org, apps })
}

async function control(simulator: string, org?: object): Promise<unknown> {
  const { request } = process.getBuiltinModule("node:http")
  const { promise, resolve, reject } = Promise.withResolvers<unknown>()
  const method = org === undefined ? "GET" : "PUT"
  const asked = request(`${simulator}/_sim/org`, { method, agent: false, timeout: TIMEOUT_MS }, (response) => {
    let body = ""
    response.setEncoding("utf8").on("data", (text: string) => (body += text))
    response.on("end", () => {
      if (response.statusCode === 200) resolve(parsed(body))
      else reject(new SimulatorRefusal(body.slice(0, 500)))
    })
    response.on("error", reject)
  })
  asked.on("timeout", () => asked.destroy(new SimulatorRefusal(`no simulator answers at ${simulator}`)))
  asked.on("error", reject)
  asked.end(org === undefined ? "" : JSON.stringify(org))
  return promise
}

const TIMEOUT_MS = 5000

function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

function isOrg(value: unknown): value is SimulatedOrg {
  return (
    typeof value === "object" &&
    value !== null &&
    "corp_id" in value &&
    typeof value.corp_id === "string" &&
    "apps" in value &&
    Array.isArray(value.apps) &&
    value.apps.every(isApp)
  )
}

function isApp(value: unknown): value is SimulatedApp {
  return (
    typeof value === "object" &&
    value !== null &&
    "agentid" in value &&
    typeof value.agentid === "number" &&
    "callback" in value &&
    typeof value.callback === "object" &&
    value.callback !== null &&
    "url" in value.callback &&
    typeof value.callback.url === "string" &&
    "token" in value.callback &&
    typeof value.callback.token === "string" &&
    "encoding_aes_key" in value.callback &&
    typeof value.callback.encoding_aes_key === "string"
  )
}
