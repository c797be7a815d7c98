import { transportContract } from "./testing/transport-contract.ts"
import { fetchTransport } from "./transport-fetch.ts"

transportContract("fetch", { open: () => fetchTransport(), knowsPhase: false })
