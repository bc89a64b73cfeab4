/* Evaluates a script, which can print: `evaluate FILE`. */
#include <stdio.h>
#include <stdlib.h>

#include "quickjs.h"

enum { MOST = 1 << 20 };

static JSValue print(JSContext *context, JSValueConst this, int count, JSValueConst *values) {
  (void)this;
  for (int i = 0; i < count; i++) {
    const char *text = JS_ToCString(context, values[i]);
    if (!text) return JS_EXCEPTION;
    printf("%s%s", i ? " " : "", text);
    JS_FreeCString(context, text);
  }
  putchar('\n');
  return JS_UNDEFINED;
}

static void print_exception(JSContext *context) {
  JSValue exception = JS_GetException(context);
  const char *text = JS_ToCString(context, exception);
  printf("exception: %s\n", text ? text : "?");
  JS_FreeCString(context, text);
  JS_FreeValue(context, exception);
}

int main(int count, char **arguments) {
  FILE *file = count == 2 ? fopen(arguments[1], "r") : NULL;
  if (!file) return 2;
  char *text = malloc(MOST);
  size_t length = fread(text, 1, MOST - 1, file);
  text[length] = 0;
  fclose(file);

  JSRuntime *runtime = JS_NewRuntime();
  JSContext *context = JS_NewContext(runtime);
  JSValue global = JS_GetGlobalObject(context);
  JS_SetPropertyStr(context, global, "print", JS_NewCFunction(context, print, "print", 1));
  JS_FreeValue(context, global);
  JSValue value = JS_Eval(context, text, length, arguments[1], 0);
  int failed = JS_IsException(value);
  if (failed) print_exception(context);
  JS_FreeValue(context, value);
  for (JSContext *other; JS_ExecutePendingJob(runtime, &other) > 0;) continue;
  JS_FreeContext(context);
  JS_FreeRuntime(runtime);
  free(text);
  return failed;
}
