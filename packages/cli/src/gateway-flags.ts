import type { Language } from "@wecom-push/protocol"
import type { CommandFault } from "./command-error.ts"
import type { SettingsRead } from "./config/read-settings.ts"
import type { AccessFlags, SendFlags } from "./flags.ts"
import { say } from "./texts.ts"

type Flags = AccessFlags & Pick<SendFlags, GatewayFlag | "dryRun" | "fresh" | "resume">

type GatewayFlag = "app" | "idempotencyKey" | "priority" | "orderKey" | "sendAt" | "expiresAt" | "wait"

const onlyThrough = [
  ["key", "--key"],
  ["app", "--app"],
  ["idempotencyKey", "--idempotency-key"],
  ["priority", "--priority"],
  ["orderKey", "--order-key"],
  ["sendAt", "--send-at"],
  ["expiresAt", "--expires-at"],
  ["wait", "--wait"],
] as const satisfies readonly (readonly [keyof Flags, string])[]

const onlyDirect = [
  ["corpId", "--corp-id"],
  ["agentId", "--agent-id"],
  ["secretFile", "--secret-file"],
  ["baseUrl", "--base-url"],
  ["dryRun", "--dry-run"],
  ["fresh", "--fresh"],
] as const satisfies readonly (readonly [keyof Flags, string])[]

/** When a gateway's address is set anywhere, the command goes through that gateway. */
export function goesThroughGateway(flags: AccessFlags, { settings }: SettingsRead): boolean {
  return flags.gateway !== undefined || settings.gatewayUrl !== undefined
}

/** Reports the flags that have no effect here: ignoring one would do something else than the user asked for. */
export function unfitFlags(
  flags: Flags,
  { settings }: SettingsRead,
  language: Language,
  isThrough: boolean,
): CommandFault[] {
  const name = settings.gatewayUrl?.name ?? "--gateway"
  const message = isThrough ? say(language, "onlyWithoutGateway", { name }) : say(language, "onlyWithGateway")
  const unfit = isThrough ? onlyDirect : onlyThrough
  const faults = unfit.flatMap(([flag, path]) => (flags[flag] === undefined ? [] : [{ path, message }]))
  if (!isThrough || flags.resume === undefined) return faults
  return [...faults, { path: "--resume", message: say(language, "resumeWithGateway", { name }) }]
}
