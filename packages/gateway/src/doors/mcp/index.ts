export type { DoorAnswer, DoorQuestion, DoorStream, GatewayDoor } from "./gateway-door.ts"
export { MCP_USER_AGENT } from "../kit/mcp-user-agent.ts"
export { serveOverStdio } from "./serve-stdio.ts"
export type { StdioOptions } from "./serve-stdio.ts"
