import { byteTransportContract } from "./testing/byte-transport-contract.ts"
import { transportContract } from "./testing/transport-contract.ts"
import type { TransportUnderTest } from "./testing/transport-contract.ts"
import { fetchTransport } from "./transport-fetch.ts"

const under: TransportUnderTest = { open: () => fetchTransport(), knowsPhase: false }
await transportContract("fetch", under)
byteTransportContract("fetch", under)
