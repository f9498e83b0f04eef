/* base/json, base/unicode, base/regex. */
#include "base/json.h"
#include "base/regex.h"
#include "base/unicode.h"
#include "mini_host.h"

#include <criterion/criterion.h>
#include <string.h>

Test(json, places_and_values)
{
    const char text[] = "{\"a\":{\"b\":[1,{\"c\":true}]},\"x\":2.5,\"n\":null,\"t\":\"\\u0000z\","
                        "\"k\\u0000\\\\u0000\":7}";
    struct json_file *file;
    cr_assert_eq(json_load_memory(mini_host(1), "f", text, sizeof text - 1, &file), EMB_OK, "%s",
                 mini_host_failure());
    struct json root = json_root(file);
    struct json a;
    struct json b;
    cr_assert_eq(json_get_object(&root, "a", &a), EMB_OK);
    cr_assert_eq(json_get_array(&a, "b", &b), EMB_OK);
    cr_expect_eq(json_length(&b), 2);
    struct json second = json_element(&b, 1);
    bool flag = false;
    cr_expect_eq(json_get_bool(&second, "c", &flag), EMB_OK);
    cr_expect(flag);
    uint64_t number;
    cr_expect_eq(json_get_uint(&second, "c", 9, &number), EMB_E_FORMAT);
    cr_expect_str_eq(mini_host_failure(), "f: a.b[1].c: found true or false, expected an integer");
    double real;
    cr_expect_eq(json_get_real(&root, "x", &real), EMB_OK);
    cr_expect_eq(real, 2.5);
    const char *found = "kept";
    uint64_t n;
    cr_expect_eq(json_opt_text(&root, "n", &found, &n), EMB_OK);
    cr_expect_str_eq(found, "kept");
    cr_expect_eq(json_get_text(&root, "t", &found, &n), EMB_OK);
    cr_expect(n == 2 && found[1] == 'z');
    cr_expect_eq(json_get_text(&root, "t", &found, NULL), EMB_E_FORMAT, "a NUL nobody asked for");
    void *iterator = NULL;
    struct json member;
    char key[64];
    while (json_next(&root, &iterator, &member)) {
        n = json_key(&member, key);
    }
    cr_expect(n == 8 && memcmp(key, "k\0\\u0000", 8) == 0, "a NUL, then a backslash and letters");
    json_free(file);
}

Test(unicode, lower_and_categories)
{
    uint32_t lower[2];
    cr_expect(unicode_lower(0x130, lower) == 2 && lower[0] == 'i' && lower[1] == 0x307);
    cr_expect(unicode_lower(0xC4, lower) == 1 && lower[0] == 0xE4);
    cr_expect(unicode_lower(UINT32_MAX, lower) == 1);
    cr_expect_eq(unicode_category('A'), UNICODE_LU);
    cr_expect_eq(unicode_category(0x301), UNICODE_MN);
    cr_expect_eq(unicode_category(0xE000), UNICODE_CO);
    cr_expect_eq(unicode_category(0x110000), UNICODE_CN);
    cr_expect(unicode_is_space(0x3000) && !unicode_is_space(0x180E) && !unicode_is_space(0x200B));
    cr_expect(unicode_is_word(0x200D) && unicode_is_word(0x24B6) && !unicode_is_word('-'));
    cr_expect_eq(unicode_compose('A', 0x30A), 0xC5);
    cr_expect_eq(unicode_compose('x', 0x30A), 0);
}

Test(unicode, utf8)
{
    for (uint32_t c = 0; c <= 0x10FFFF; c += c < 0x3000 ? 1 : 97) {
        if (c >= 0xD800 && c < 0xE000) {
            continue;
        }
        char bytes[5] = "";
        uint32_t at = 0;
        uint32_t back;
        bool valid;
        unsigned n = utf8_put(c, bytes);
        cr_assert_eq(utf8_read(bytes, n, &back, &valid), n);
        cr_assert(valid && back == c);
        cr_assert(utf8_next(bytes, &at) == c && at == n && utf8_back(bytes, n) == 0);
        for (unsigned cut = 1; cut < n; cut++) {
            cr_assert_eq(utf8_valid_prefix(bytes, cut), 0);
        }
    }
    cr_expect_eq(ascii_prefix("0123456789abcdef\xC3\xA9", 18), 16);
    cr_expect_eq(utf8_valid_prefix("abcdefghij\xC3\xA9\xFFz", 14), 12);
}

static bool matches(const char *pattern, const char *text, uint32_t begin, uint32_t end)
{
    struct regex *regex;
    cr_assert_eq(regex_compile(mini_host(1), "p", pattern, strlen(pattern), &regex), EMB_OK, "%s",
                 mini_host_failure());
    struct regex_match *match = regex_match_create();
    uint32_t b = 0;
    uint32_t e = 0;
    bool found = regex_find(regex, match, text, (uint32_t)strlen(text), 0, &b, &e) == REGEX_FOUND &&
                 b == begin && e == end;
    regex_match_free(match);
    regex_free(regex);
    return found;
}

Test(regex, dialect)
{
    cr_expect(matches("\\s+", "a\xC2\xA0 b", 1, 4), "no-break space is white space");
    cr_expect(!matches("\\s", "a\xE1\xA0\x8E", 1, 4), "U+180E is none");
    cr_expect(matches("\\p{Han}+", "a\xE4\xB8\xAD\xE3\x80\x81", 1, 4), "by script, not extension");
    cr_expect(matches("\\p{IsHan}", "\xE4\xB8\xAD", 0, 3));
    cr_expect(matches("(?i:'S)", "it's", 2, 4));
    cr_expect(matches("[^\\s\\p{L}]+", "ab 12!", 3, 6));
    cr_expect(matches("\\w+", "!\xE0\xA4\xA8\xE0\xA5\x8D \xC2\xBD", 1, 7), "marks are of words");
    cr_expect(matches("[\\w.]+", "!a.1", 1, 4));
    cr_expect(matches("\\bb\\b", "ab b", 3, 4));
    cr_expect(matches("\\h+", "xyzfF9", 3, 6), "hexadecimal digits, as in Ruby");
    cr_expect(matches("[^\\p{L}\\p{N}]+", "a\xF0\x9F\xA9\xB7 1", 1, 6), "Unicode 15's pink heart");
    cr_expect(matches("\\p{L}+", "1a\352\237\233b", 1, 6), "Unicode 16's U+A7DB is a letter");
    cr_expect(matches("\\p{N}+", "a\360\221\257\264b", 1, 5), "and U+11BF4 a digit");
    cr_expect(matches(" ?\\p{S}", "a \xF0\x9F\xA9\xB7", 1, 6));
    cr_expect(matches("[]a]+", "x]a", 1, 3));
    cr_expect(matches("[[:punct:]]+", "a!?", 1, 3));
    cr_expect(matches("\\[\\\\", "[\\", 0, 2));
}

/* A pattern that never ends on a machine without limits. */
Test(regex, costly_pattern_is_an_error)
{
    struct regex *regex;
    const char pattern[] = "(a+)+$";
    char text[64];
    memset(text, 'a', sizeof text);
    text[sizeof text - 1] = 'b';
    cr_assert_eq(regex_compile(mini_host(1), "p", pattern, strlen(pattern), &regex), EMB_OK);
    struct regex_match *match = regex_match_create();
    uint32_t b;
    uint32_t e;
    cr_expect_eq(regex_find(regex, match, text, sizeof text, 0, &b, &e), EMB_E_FORMAT);
    cr_expect(strstr(mini_host_failure(), "p: matching"));
    regex_match_free(match);
    regex_free(regex);
}
