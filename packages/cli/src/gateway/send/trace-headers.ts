import type { Context } from "../../context.ts"

/**
 * The trace that the caller of the command has put into its environment, as build tools do. The gateway ignores a value that
 * is no trace.
 * @see https://opentelemetry.io/docs/specs/otel/context/env-carriers/
 */
export function traceHeaders({ io }: Pick<Context, "io">): Readonly<Record<string, string>> {
  const given = { traceparent: io.env["TRACEPARENT"], tracestate: io.env["TRACESTATE"] }
  return Object.fromEntries(Object.entries(given).filter((entry): entry is [string, string] => isHeaderValue(entry[1])))
}

function isHeaderValue(value: string | undefined): value is string {
  return value !== undefined && /^[\x21-\x7e](?:[\x20-\x7e]{0,510}[\x21-\x7e])?$/.test(value)
}
