import { randomUUID } from "node:crypto"
import type { AddressInfo } from "node:net"
import type { FastifyInstance } from "fastify"
import type { DestinationStream } from "pino"
import { clampTimerMs, loadUndici, systemClock } from "@wecom-push/sdk/internals"
import type { Clock, Transport } from "@wecom-push/sdk"
import type { ProxySettings } from "@wecom-push/sdk/internals"
import { Acceptor } from "../accept/acceptor.ts"
import { AppDirectory } from "../accept/app-directory.ts"
import { CHANNELS } from "../channels/channels.ts"
import type { Channels } from "../channels/channels.ts"
import type { RobotLinesDeps } from "../channels/smart-robot/robot-lines.ts"
import { partyOfRobot } from "../channels/group-robot/party-of-robot.ts"
import { partyOfBot } from "../channels/smart-robot/party-of-bot.ts"
import { SmartRobots } from "../channels/smart-robot/smart-robots.ts"
import { backlogCheck } from "../accept/backlog-check.ts"
import { filesCheck } from "../accept/files-check.ts"
import { Templates } from "../accept/templates/templates.ts"
import { LargeBodies } from "../doors/large-bodies/large-bodies.ts"
import { CardChanger } from "../delivery/commands/change-card.ts"
import { ConfigError, readConfig } from "./config.ts"
import type { Config, DefaultApp, Environment } from "./config.ts"
import { JumpAwareClock } from "../model/jump-aware-clock.ts"
import { Places } from "../model/shares.ts"
import type { Uptime } from "../model/ports/clock-notes.ts"
import type { Dispatcher } from "../model/ports/dispatcher.ts"
import type { HeapLimit } from "../model/ports/heap-limit.ts"
import type { AppSecrets } from "../model/ports/apps.ts"
import type { Stores } from "../model/ports/stores.ts"
import type { Tracing } from "../model/ports/tracing.ts"
import { startDispatcher } from "../delivery/dispatcher.ts"
import { AuditTrail } from "../doors/kit/audit-trail.ts"
import type { HttpLimits } from "../doors/kit/deps.ts"
import { ENVIRONMENT_KEY_ID, KeyRing } from "../doors/kit/key-ring.ts"
import { SourceRing } from "../doors/kit/source-ring.ts"
import { issueAdminKey } from "../doors/kit/new-key.ts"
import { buildServer } from "../doors/server.ts"
import { createLog } from "./log.ts"
import type { Log } from "./log.ts"
import { mergeLimits } from "./merge-limits.ts"
import { Metrics } from "./metrics.ts"
import { openStores } from "./open-stores.ts"
import type { OpenedStores } from "./open-stores.ts"
import { startOnce } from "../threads/start-once.ts"
import { startAgain } from "./start-again.ts"
import type { Gateway, GatewayRun } from "./start-again.ts"
import { openTracing } from "./tracing.ts"
import { threadReport } from "./thread-report.ts"
import { WorkerTransport } from "../channels/app-message/worker-transport.ts"
import { Upkeeper } from "./upkeeper.ts"
import { VERSION } from "../version.ts"

export type { Gateway } from "./start-again.ts"

export interface GatewayOptions {
  /** Where settings come from; `process.env` unless given. The options below override it. */
  readonly environment?: Environment
  readonly host?: string
  /** 0 takes a free one. */
  readonly port?: number
  /** The file of a SQLite database. */
  readonly databaseFile?: string
  /** Where WeCom or a simulator is. */
  readonly baseUrl?: string
  /** Where smart robots connect. */
  readonly botUrl?: string
  /** A key of any form, for trying things out. */
  readonly adminKey?: string
  /** Refuses requests that use any host name but this machine's own, for a key that is public. */
  readonly onlyLoopbackNames?: boolean
  /** Apps to register, or update, when the gateway starts. */
  readonly apps?: readonly AppToRegister[]
  /** For a database that was copied by other means than `backup`. */
  readonly afterRestore?: boolean
  /** Where log lines go; stdout unless given. */
  readonly logTo?: DestinationStream
  readonly limits?: Partial<HttpLimits>
  /** Milliseconds since 1970. */
  readonly now?: () => number
  /** Replaces the clock of this machine, or of the database that several gateways share. */
  readonly clock?: Clock
  /** Replaces the uptime of this machine, if `now` or `clock` replaces its clock. */
  readonly uptime?: Uptime
  /** In place of the dispatcher that sends to WeCom. */
  readonly createDispatcher?: (parts: DispatcherParts) => Dispatcher
  /** The heap limit for messages to many, made by `limitHeap`; none unless given. */
  readonly heapLimit?: HeapLimit
  /** The channels, by the kind of app: those of `CHANNELS` unless given. */
  readonly channels?: Channels
  /** Adds paths before the gateway listens. The server has Fastify's own type: our schema types are not for users. */
  readonly extend?: (app: FastifyInstance) => void
}

export interface AppToRegister extends Omit<DefaultApp, "callbackToken" | "encodingAesKey"> {
  readonly name: string
  /** `app` unless given. */
  readonly kind?: string
  readonly callbackToken?: string | undefined
  readonly encodingAesKey?: string | undefined
}

interface DispatcherParts extends Pick<OpenedStores, "createQueue" | "createGovernors"> {
  readonly clock: JumpAwareClock
  readonly stores: Stores
  readonly config: Config
  readonly log: Log
  readonly metrics: Metrics
  readonly tracing: Tracing
  readonly now: () => number
}

/**
 * Starts a gateway: store, dispatcher and HTTP.
 * @throws {ConfigError} all faults of the environment together
 * @throws {StartRefusal} a database with which a gateway could lose messages, or send them twice; a worker thread that
 *   cannot be started
 */
export function startGateway(options: GatewayOptions): Promise<Gateway> {
  return startAgain((port) => startRun({ ...options, ...(port === undefined ? {} : { port, afterRestore: false }) }))
}

/** Converts stored times to the clock's present time, before anything is read. */
async function followClock(clock: JumpAwareClock, { outbox }: Stores, log: Log): Promise<void> {
  const { setBeforeStartMs: by, setByMs } = clock
  if (by === 0) return
  log.warn({ byMs: by }, "the wall clock was set while no gateway ran")
  await outbox.clockJumped({ id: randomUUID(), by, at: clock.now(), setByMs })
}

/** One run of the gateway. */
async function startRun(options: GatewayOptions): Promise<GatewayRun> {
  const config = withOptions(readConfig(options.environment ?? process.env), options)
  const log = createLog(config.logLevel, options.logTo)
  for (const { name, problem } of config.warnings) log.warn({ name }, problem.en)
  await using started = new AsyncDisposableStack()

  const { tracing } = started.use(await openTracing(log))
  const metrics = new Metrics(VERSION)
  const report = threadReport(log, metrics)
  const afterRestore = options.afterRestore === true
  const { now: nowOfTests, clock: clockOfTests, uptime } = options
  const opened = await openStores({ config, log, report, afterRestore, now: nowOfTests, clock: clockOfTests, uptime })
  const { stores, createQueue, createGovernors, parkedMessages, lostFiles } = opened
  started.use(stores)
  const machine = options.now === undefined ? opened.clock : clockOf(options.now)
  const clock = new JumpAwareClock(machine, await stores.clockNotes.read(), opened.uptime)
  await followClock(clock, stores, log)
  const now = (): number => clock.now()
  await opened.alone(async () => {
    await mergeLimits(stores.apps, log, now())
    await registerApps(config, options.apps ?? [], stores, now())
    for (const robot of robotsOf(config)) await registerRobot(robot, stores, log, now())
  })

  const keyRing = new KeyRing(stores.keys, config.adminKey)
  const audit = new AuditTrail({
    audit: stores.audit,
    keys: stores.keys,
    sources: stores.sources,
    log,
    now,
    environmentKeyId: ENVIRONMENT_KEY_ID,
  })
  const smartRobots = started.use(new SmartRobots(robotLinesDeps(opened, { config, clock, log, metrics })))
  const { channels = { ...CHANNELS, bot: smartRobots.channel() } } = options
  const apps = started.use(new AppDirectory(stores.apps, stores.events, channels))
  const largeBodies = started.use(new LargeBodies(report))
  const templates = started.use(new Templates(report))
  const acceptor = new Acceptor({
    outbox: stores.outbox,
    media: stores.media,
    apps,
    backlog: backlogCheck(stores.reader, { limit: config.backlogLimit, sharePercent: config.backlogSharePercent }),
    clock,
    tracing,
    onAccepted: ({ app, msgtype }, malformedCount) => {
      metrics.accepted(app, msgtype)
      if (malformedCount > 0) metrics.recipientsFinished(app, "invalid", malformedCount)
    },
  })
  const upkeeper = started.use(
    new Upkeeper({
      upkeep: stores.upkeep,
      clockNotes: stores.clockNotes,
      audit,
      log,
      clock,
      retentionDays: config.retentionDays,
      auditDays: config.auditDays,
      auditLimit: config.auditLimit,
    }),
  )
  const transport = new WorkerTransport({ proxy: proxyOf(config), report })
  started.defer(() => transport.close())
  await startOnce([largeBodies, transport])
  const createDispatcher =
    options.createDispatcher ?? ((parts) => dispatcherToWecom(parts, transport, channels, options.heapLimit))
  // If the start fails after this, for example because the port is taken, the dispatcher must not continue to send.
  await loadUndici()
  const dispatcher = started.adopt(
    createDispatcher({ stores, createQueue, createGovernors, clock, config, log, metrics, tracing, now }),
    (one) => one.stop(0),
  )
  const streams = new Places({ limit: config.maxStreams, sharePercent: config.streamsSharePercent })
  const fileBytes = config.filesLimitMib * 1024 * 1024
  metrics.watch({ ...stores, dispatcher, stocks: { messages: config.backlogLimit, fileBytes, streams } }, now)
  const stopping = new AbortController()
  const app = await buildServer({
    stores,
    dispatcher,
    acceptor,
    cards: new CardChanger({ reader: stores.reader, callbacks: stores.callbacks, dispatcher, log, now }),
    apps,
    keyRing,
    sourceRing: new SourceRing(stores.sources),
    largeBodies,
    templates,
    audit,
    metrics,
    log,
    now,
    clock,
    limits: {
      ...DEFAULT_LIMITS,
      requestsPerSecond: config.keyRequestsPerSecond,
      connections: config.maxConnections,
      ...options.limits,
    },
    onlyLoopbackNames: options.onlyLoopbackNames === true,
    wecomUrl: config.baseUrl,
    mcp: { hosts: config.mcpHosts, masterKey: opened.masterKey },
    files: filesCheck(stores.media, { limit: fileBytes, sharePercent: config.filesSharePercent }),
    streams,
    stopping: stopping.signal,
    backlogLimit: config.backlogLimit,
  })
  options.extend?.(app)
  started.defer(() => app.close())
  await app.listen({ host: config.host, port: config.port })
  // It is shown once, so it is made when nothing can keep this start from showing it, as a port that is taken would.
  const adminKey = await opened.alone(() => firstAdminKey(config, stores, now()))
  const port = portOf(app.server.address())
  log.info({ port, host: config.host, version: VERSION }, "gateway started")

  const parts = started.move()
  let stopped: Promise<void> | undefined
  const stop = async (drainMs: number): Promise<void> => {
    log.info("gateway is stopping")
    stopping.abort()
    const impatience = setTimeout(() => app.server.closeAllConnections(), clampTimerMs(drainMs))
    // No new call begins while a client is slow: the call might have to be cut off.
    await Promise.all([app.close(), dispatcher.stop(drainMs)])
    clearTimeout(impatience)
    await upkeeper.finish()
    await parts.disposeAsync()
    log.info("gateway stopped")
    log.flush()
  }
  return {
    url: `http://${hostInUrl(config.host)}:${port}`,
    port,
    adminKey,
    parkedMessages,
    lostFiles,
    historyLost: opened.historyLost,
    log,
    stop: (drainMs = DEFAULT_DRAIN_MS) => (stopped ??= stop(drainMs)),
    [Symbol.asyncDispose]: () => (stopped ??= stop(DEFAULT_DRAIN_MS)),
  }
}

const DEFAULT_DRAIN_MS = 20_000

/** A wall clock that is assumed never to be set. */
function clockOf(now: () => number): Clock {
  return { now, sleep: (ms, signal) => systemClock.sleep(ms, signal) }
}

interface RobotLinesParts {
  readonly config: Config
  readonly clock: JumpAwareClock
  readonly log: Log
  readonly metrics: Metrics
}

function robotLinesDeps(
  { stores, robotLease: lease, robotRelay: relay }: OpenedStores,
  { config, clock, log, metrics }: RobotLinesParts,
): RobotLinesDeps {
  const { apps, callbacks, events } = stores
  const beside = { clock: clock.steady, now: () => clock.now(), random: Math.random, log, metrics }
  return { apps, callbacks, events, lease, relay, url: config.botUrl, proxy: proxyOf(config), ...beside }
}

function proxyOf({ proxy: { httpsProxy, noProxy } }: Config): ProxySettings | undefined {
  return httpsProxy === undefined ? undefined : { httpsProxy, ...(noProxy === undefined ? {} : { noProxy }) }
}

function dispatcherToWecom(
  { stores, createQueue, createGovernors, clock, config, log, metrics, tracing }: DispatcherParts,
  transport: Transport,
  channels: Channels,
  heapLimit: HeapLimit | undefined,
): Dispatcher {
  return startDispatcher({
    stores,
    createQueue,
    createGovernors,
    baseUrl: config.baseUrl,
    transport,
    channels,
    clock,
    random: Math.random,
    log,
    metrics,
    tracing,
    ...(heapLimit !== undefined && { heapLimit }),
    hooks: metrics.apiHooks,
    missesSharePercent: config.lookupMissesSharePercent,
  })
}

const DEFAULT_LIMITS: Omit<HttpLimits, "connections"> = {
  bodyBytes: 64 * 1024 * 1024,
  headersTimeoutMs: 10_000,
  // 64 MiB at 5 Mbit/s.
  requestTimeoutMs: 120_000,
  unreadMs: 10_000,
  stallMs: 150_000,
  // The time of three heartbeats; a reader that is connected takes each of them.
  followerStallMs: 90_000,
  requestsPerSecond: 0,
}

function withOptions(config: Config, options: GatewayOptions): Config {
  const { host, port, databaseFile, baseUrl, botUrl, adminKey } = options
  // Node takes an empty one for all addresses.
  if (host?.trim() === "") {
    const problem = {
      en: "host is empty; name the address to listen on, as 127.0.0.1, or 0.0.0.0 for all.",
      zh: "host 不能为空，请填写要监听的地址，如 127.0.0.1，或用 0.0.0.0 表示所有地址。",
    }
    throw new ConfigError([{ name: "host", problem }])
  }
  return {
    ...config,
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port }),
    ...(databaseFile === undefined ? {} : { database: { kind: "sqlite", file: databaseFile } }),
    ...(baseUrl === undefined ? {} : { baseUrl }),
    ...(botUrl === undefined ? {} : { botUrl }),
    ...(adminKey === undefined ? {} : { adminKey }),
  }
}

/** Without an admin key no key could ever be made. */
async function firstAdminKey(config: Config, { keys, audit }: Stores, now: number): Promise<string | undefined> {
  if (config.adminKey !== undefined || (await keys.list()).length > 0) return undefined
  const { record, key } = issueAdminKey(now)
  await keys.add(record)
  await audit.append([
    {
      at: now,
      actor: "local",
      from: undefined,
      action: "key.created",
      target: record.id,
      detail: { name: record.name },
      apps: record.apps,
    },
  ])
  return key
}

async function registerApps(
  { defaultApp }: Config,
  others: readonly AppToRegister[],
  { apps }: Stores,
  now: number,
): Promise<void> {
  const wanted = defaultApp === undefined ? others : [{ name: "default", ...defaultApp }, ...others]
  for (const { name, kind = "app", corpId, agentId, secret, callbackToken, encodingAesKey } of wanted) {
    const before = await apps.get(name)
    const secrets = {
      secret,
      ...(callbackToken === undefined ? {} : { callbackToken }),
      ...(encodingAesKey === undefined ? {} : { encodingAesKey }),
    }
    const isSame =
      before?.kind === kind &&
      before.corpId === corpId &&
      before.agentId === agentId &&
      JSON.stringify(await apps.secrets(name)) === JSON.stringify(secrets)
    // A put ends a pause, and a restart alone must not end one.
    if (!isSame) await apps.put({ name, kind, corpId, agentId, settings: before?.settings ?? {}, secrets }, now)
  }
}

function robotsOf({ robotKey, bot }: Config): readonly RobotToRegister[] {
  return [
    ...(robotKey === undefined
      ? []
      : [{ name: "robot", variable: "WECOM_ROBOT_KEY", party: partyOfRobot(robotKey) } as const]),
    ...(bot === undefined ? [] : [{ name: "bot", variable: "WECOM_BOT_ID", party: partyOfBot(bot) } as const]),
  ]
}

/** @throws {ConfigError} where an app of another kind has the name */
async function registerRobot(
  { name, variable, party }: RobotToRegister,
  { apps }: Stores,
  log: Log,
  now: number,
): Promise<void> {
  const before = await apps.get(name)
  if (before !== undefined && before.kind !== name) {
    const problem = {
      en: `${variable} is for the app called ${name}, and there is an app of another kind by that name; remove that one, or register the robot under another name.`,
      zh: `${variable} 对应名为 ${name} 的应用，但已有同名的其他类型的应用；请删除它，或用其他名称登记机器人。`,
    }
    throw new ConfigError([{ name: variable, problem }])
  }
  if (before === undefined) {
    const made = await apps.create({ name, kind: name, ...party, settings: {} }, now)
    if (made !== undefined && "olderGateways" in made) {
      log.error(
        { app: name },
        "the robot of the environment is not registered: gateways of an older version are running",
      )
    }
    return
  }
  const isSame =
    before.corpId === party.corpId && JSON.stringify(await apps.secrets(name)) === JSON.stringify(party.secrets)
  if (!isSame) await apps.put({ name, kind: name, ...party, settings: before.settings }, now)
}

/** Its name is also its kind. */
interface RobotToRegister {
  readonly name: "robot" | "bot"
  readonly variable: string
  readonly party: { readonly corpId: string; readonly agentId: number; readonly secrets: AppSecrets }
}

function portOf(address: AddressInfo | string | null): number {
  return typeof address === "object" && address !== null ? address.port : 0
}

/** `0.0.0.0` is no address to call; the machine itself can call its loopback. */
function hostInUrl(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "127.0.0.1"
  return host.includes(":") ? `[${host}]` : host
}
