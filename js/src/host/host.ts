/** What a page without a notebook needs: the browser tests mount views by hand, an
 * exported page opens by itself. */
export { openPage } from "./exported_page";
export { mount } from "./mount";
