/** By this the gateway knows in its audit trail what came by MCP. */
export const MCP_USER_AGENT = "wecom-push-mcp"
