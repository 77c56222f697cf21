#include "src/chat/time_format.h"

namespace wasmchord::chat {
namespace {

constexpr std::string_view kDays[] = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};
constexpr std::string_view kMonths[] = {"January", "February", "March",     "April",   "May",      "June",
                                        "July",    "August",   "September", "October", "November", "December"};

std::string number(int value, size_t width, char fill) {
  std::string digits = std::to_string(value);
  if (fill != '\0' && digits.size() < width) digits.insert(0, width - digits.size(), fill);
  return digits;
}

void append_conversion(const std::tm& t, char c, bool unpadded, std::string* out) {
  const char zero = unpadded ? '\0' : '0';
  const int hour12 = t.tm_hour % 12 == 0 ? 12 : t.tm_hour % 12;
  const std::string_view day = kDays[static_cast<size_t>(t.tm_wday) % 7];
  const std::string_view month = kMonths[static_cast<size_t>(t.tm_mon) % 12];
  switch (c) {
    case 'a':
      out->append(day.substr(0, 3));
      break;
    case 'A':
      out->append(day);
      break;
    case 'b':
    case 'h':
      out->append(month.substr(0, 3));
      break;
    case 'B':
      out->append(month);
      break;
    case 'd':
      out->append(number(t.tm_mday, 2, zero));
      break;
    case 'e':
      out->append(number(t.tm_mday, 2, unpadded ? '\0' : ' '));
      break;
    case 'H':
      out->append(number(t.tm_hour, 2, zero));
      break;
    case 'I':
      out->append(number(hour12, 2, zero));
      break;
    case 'j':
      out->append(number(t.tm_yday + 1, 3, zero));
      break;
    case 'm':
      out->append(number(t.tm_mon + 1, 2, zero));
      break;
    case 'M':
      out->append(number(t.tm_min, 2, zero));
      break;
    case 'p':
      out->append(t.tm_hour < 12 ? "AM" : "PM");
      break;
    case 'S':
      out->append(number(t.tm_sec, 2, zero));
      break;
    case 'u':
      out->append(number(t.tm_wday == 0 ? 7 : t.tm_wday, 1, zero));
      break;
    case 'w':
      out->append(number(t.tm_wday, 1, zero));
      break;
    case 'y':
      out->append(number(t.tm_year % 100, 2, zero));
      break;
    case 'Y':
      out->append(number(t.tm_year + 1900, 4, zero));
      break;
    case '%':
      out->append("%");
      break;
    case 'n':
      out->append("\n");
      break;
    case 't':
      out->append("\t");
      break;
    case 'z':  // a time of no known zone, as Python's naive datetime
    case 'Z':
    case 'f':
      out->append(c == 'f' ? "000000" : "");
      break;
    default:
      out->append({'%', c});
      break;
  }
}

}  // namespace

std::string format_time(const std::tm& time, std::string_view format) {
  std::string out;
  for (size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%' || i + 1 == format.size()) {
      out.push_back(format[i]);
      continue;
    }
    const bool unpadded = format[i + 1] == '-' && i + 2 < format.size();
    i += unpadded ? 2 : 1;
    switch (format[i]) {
      case 'c':
        out += format_time(time, "%a %b %e %H:%M:%S %Y");
        break;
      case 'D':
      case 'x':
        out += format_time(time, "%m/%d/%y");
        break;
      case 'F':
        out += format_time(time, "%Y-%m-%d");
        break;
      case 'R':
        out += format_time(time, "%H:%M");
        break;
      case 'T':
      case 'X':
        out += format_time(time, "%H:%M:%S");
        break;
      default:
        append_conversion(time, format[i], unpadded, &out);
        break;
    }
  }
  return out;
}

}  // namespace wasmchord::chat
