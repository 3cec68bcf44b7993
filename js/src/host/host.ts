/** What a page without a notebook needs: the browser tests mount views by hand, an
 * exported page opens by itself, and a site's scripts give it what its pages share. */
export { openPage } from "./exported_page";
export { hold } from "./held";
export { mount } from "./mount";
