import assert from "node:assert/strict"
import { test } from "node:test"
import { byteTransportContract } from "./testing/byte-transport-contract.ts"
import { connectTimeContract } from "./testing/connect-time-contract.ts"
import { transportContract } from "./testing/transport-contract.ts"
import type { TransportUnderTest } from "./testing/transport-contract.ts"
import { httpsTransport, knowsProxies } from "./transport-https.ts"

const under: TransportUnderTest = {
  open: (proxy) => httpsTransport(proxy === undefined ? {} : { proxy }),
  knowsPhase: true,
}
await transportContract("node:https", under)
byteTransportContract("node:https", under)
connectTimeContract("node:https", httpsTransport)

test("node:https: a Node that would pass the proxy by without a word is distinguished", () => {
  for (const [version, isNewEnough] of [
    ["22.20.0", false],
    ["22.21.0", true],
    ["23.11.1", false],
    ["24.4.1", false],
    ["24.5.0", true],
    ["25.0.0", true],
  ] as const) {
    assert.equal(knowsProxies(version), isNewEnough, version)
  }
})
