import { startSimulator } from "@wecom-push/simulator"

// Off, as the row says: what is measured is the work of a call, not the waiting that WeCom's limits would bring.
const limits = { member_per_minute: null, member_per_hour: null, app_person_times_per_day: null }

// How many members there are besides the few that are always there.
const members = Number(process.argv[2] ?? 0)

const simulator = await startSimulator({ port: 0, members, settings: { limits } })
process.send?.({ port: simulator.port })
