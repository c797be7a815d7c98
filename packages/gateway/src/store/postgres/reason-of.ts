/** Each of several addresses of one name may have failed for a reason of its own. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return [...new Set(error.errors.map(reasonOf))].join("; ")
  return error instanceof Error ? error.message : String(error)
}
