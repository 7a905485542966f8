export { notice } from '../runner/notice.js';
