import { transportContract } from "./testing/transport-contract.ts"
import { httpsTransport } from "./transport-https.ts"

transportContract("node:https", {
  open: (proxy) => httpsTransport(proxy === undefined ? {} : { proxy }),
  knowsPhase: true,
})
