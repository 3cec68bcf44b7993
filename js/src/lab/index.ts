import { alivePlugin } from "./alive/plugin";
import { documentsPlugin } from "./documents/plugin";
import { insidePlugin } from "./inside/plugin";
import { looksPlugin } from "./looks/plugin";
import { startPlugin } from "./start/plugin";

export default [startPlugin, insidePlugin, documentsPlugin, alivePlugin, looksPlugin];
