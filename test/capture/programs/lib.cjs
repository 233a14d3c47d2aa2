exports.name = "library";
exports.twice = (n) => n * 2;
exports.LibraryError = class LibraryError extends Error {};
