/* json_tree_test.c -- a JSON text as nodes. */
#include "check.h"
#include "format/json_tree.h"

static JsonTree tree;

static const JsonNode *
parse(const char *text)
{
    Err err;

    json_tree_release(&tree);
    CHECK(json_tree_parse(&tree, "x", text, strlen(text), &err) == OK);
    return json_tree_top(&tree);
}

static void
fields_are_found_by_name_and_elements_by_place(void)
{
    const JsonNode *top = parse("{\"a\":[10,{\"b\":\"x\"},[]],\"c\":1.5,\"\":true}"), *list;
    size_t n;

    list = json_tree_field(&tree, top, "a");
    CHECK(list && list->kind == JSON_ARRAY);
    CHECK(json_tree_element(&tree, list, 0)->i == 10 && json_tree_element(&tree, list, 0)->f == 10);
    CHECK_STR(json_tree_string(&tree, json_tree_field(&tree, json_tree_element(&tree, list, 1),
                                                      "b"), &n), "x");
    CHECK(n == 1 && json_tree_element(&tree, list, 2)->kind == JSON_ARRAY);
    CHECK(json_tree_element(&tree, list, 3) == NULL);
    CHECK(json_tree_field(&tree, top, "c")->f == 1.5);
    CHECK(json_tree_field(&tree, top, "")->kind == JSON_TRUE);
    CHECK(json_tree_field(&tree, top, "b") == NULL && json_tree_field(&tree, list, "a") == NULL);
    CHECK(json_tree_field(&tree, NULL, "a") == NULL && json_tree_string(&tree, list, &n) == NULL);
}

static void
children_are_walked_over_what_they_hold(void)
{
    const JsonNode *top = parse("[[1,[2]],3,{\"k\":[4]},5]"), *c;
    int kinds = 0;

    for (c = json_tree_first(&tree, top); c; c = json_tree_next(&tree, top, c))
        kinds = kinds * 100 + (int)c->kind;
    CHECK(kinds == ((JSON_ARRAY * 100 + JSON_INT) * 100 + JSON_OBJECT) * 100 + JSON_INT);
    CHECK(json_tree_first(&tree, json_tree_element(&tree, top, 1)) == NULL);
    top = parse("[]");
    CHECK(json_tree_first(&tree, top) == NULL);
}

static void
a_node_says_where_its_text_is(void)
{
    const char *text = "{ \"a\" : [ 1, 2 ] , \"b\" : \"x\\n\" }";
    const JsonNode *top = parse(text), *a = json_tree_field(&tree, top, "a");

    CHECK(!strncmp(text + a->from, "[ 1, 2 ]", a->to - a->from) && a->to - a->from == 8);
    a = json_tree_field(&tree, top, "b");
    CHECK(!strncmp(text + a->from, "\"x\\n\"", a->to - a->from) && a->to - a->from == 5);
    CHECK(top->from == 0 && top->to == strlen(text));
}

static void
a_wrong_or_too_deep_text_is_refused(void)
{
    char deep[2 * JSON_TREE_DEPTH + 8];
    Err err;

    json_tree_release(&tree);
    CHECK(json_tree_parse(&tree, "x", "{\"a\":1,\"a\":2}", 13, &err) == ERR_SYNTAX);
    json_tree_release(&tree);
    memset(deep, '[', sizeof deep);
    CHECK(json_tree_parse(&tree, "x", deep, JSON_TREE_DEPTH + 1, &err) == ERR_SYNTAX);
    CHECK(strstr(err.msg, "levels of nesting"));
    json_tree_release(&tree);
    memset(deep + JSON_TREE_DEPTH, ']', JSON_TREE_DEPTH);
    CHECK(json_tree_parse(&tree, "x", deep, 2 * JSON_TREE_DEPTH, &err) == OK);
}

int
main(void)
{
    RUN(fields_are_found_by_name_and_elements_by_place);
    RUN(children_are_walked_over_what_they_hold);
    RUN(a_node_says_where_its_text_is);
    RUN(a_wrong_or_too_deep_text_is_refused);
    json_tree_release(&tree);
    return check_done();
}
