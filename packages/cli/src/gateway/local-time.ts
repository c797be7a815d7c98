/** A time as people read it, on this machine's clock: `2026-12-01 09:00:00`. */
export function localTime(rfc3339: string): string {
  const time = new Date(rfc3339)
  if (Number.isNaN(time.getTime())) return rfc3339
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`
  return `${day} ${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`
}

function two(part: number): string {
  return String(part).padStart(2, "0")
}
