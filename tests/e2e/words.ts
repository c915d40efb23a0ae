// What people in these stories write, and whom they visit.
export const head = '贺满仓';
export const narrative = '看了冬小麦，圈舍门坏了，说好周末一起修';
export const topic = '学习党章，做合格党员';
export const halfTyped = '商量养羊的事，老两口';
