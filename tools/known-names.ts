import { subscribe, unsubscribe } from "node:diagnostics_channel"
import { startSimulator } from "@wecom-push/simulator"
import { gatewaySettings, settings } from "../packages/cli/src/config/settings.ts"
import { buildProgram } from "../packages/cli/src/program.ts"
import { startTestGateway } from "../packages/gateway/src/doors/http/testing/start-gateway.ts"

type Command = ReturnType<typeof buildProgram>

/** The subcommands of `wecom-push` with their flags; the empty name holds those that every command has. */
export function knownCommands(): ReadonlyMap<string, ReadonlySet<string>> {
  const commands = new Map<string, ReadonlySet<string>>()
  const add = (command: Command, name: string): void => {
    const flags = command.options.flatMap(({ long, short }) => [long, short]).filter((flag) => typeof flag === "string")
    commands.set(name, new Set([...flags, "--help", "-h"]))
    for (const one of command.commands) add(one, `${name} ${one.name()}`.trim())
  }
  add(buildProgram("en", undefined, { version: "0", columns: 80, write() {}, writeError() {} }), "")
  // Added by hand: `complete` exists only where commands run, because it needs the list of the others.
  commands.set("complete", new Set(["--help", "-h"]))
  return commands
}

/** Every name under which a setting is read from the environment. */
export function knownVariables(): ReadonlySet<string> {
  const ofCommand = Object.values(settings).flatMap(({ environment }) => [...environment])
  return new Set<string>([...ofCommand, ...Object.values(gatewaySettings)])
}

interface Initialized {
  readonly fastify: { addHook(name: "onRoute", hook: (route: { readonly url: string }) => void): void }
}

/** The routes that gateway and simulator register. */
export async function knownRoutes(): Promise<readonly string[]> {
  const routes = new Set<string>()
  const watch = (message: unknown): void => {
    ;(message as Initialized).fastify.addHook("onRoute", ({ url }) => routes.add(url))
  }
  subscribe("fastify.initialization", watch)
  await using _gateway = await startTestGateway()
  await using _simulator = await startSimulator({ port: 0 })
  unsubscribe("fastify.initialization", watch)
  return [...routes]
}
