import { startSimulator } from "@wecom-push/simulator"

// Off, as the row says: what is measured is the work of a call, not the waiting that WeCom's limits would bring.
const limits = { member_per_minute: null, member_per_hour: null, app_person_times_per_day: null }

const simulator = await startSimulator({ port: 0, settings: { limits } })
process.send?.({ port: simulator.port })
