import { defineConfig } from "vitest/config";

export default defineConfig({ test: { root: "js", include: ["test/**/*.test.ts"] } });
