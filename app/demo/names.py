"""Plausible Chinese names of people, places and shops. All of them are made up."""

from __future__ import annotations

from numpy.random import Generator

SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡林郭何高罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜苏魏程吕丁沈任"
    "姚卢傅钟姜崔谭廖范汪陆金石戴贾韦夏邱方侯邹熊孟秦白江阎薛尹段雷"
)
GIVEN_FIRST = "晓雨欣梓思佳文志建海春秋丽美玉秀兰明国永新嘉俊子雅静宁安平家一若心可清云月星天宇浩泽"
GIVEN_SECOND = "晴萱怡涵琪轩杰伟强军霞芳娟敏燕玲华梅红辉峰磊洋勇艳丹婷雪琳颖倩莹瑶宁悦彤然桐航宸铭"

REGIONS = (
    "江西寻乌县",
    "贵州从江县",
    "甘肃礼县",
    "河南兰考县",
    "四川仪陇县",
    "陕西紫阳县",
    "湖北郧阳区",
    "云南元阳县",
    "山西大宁县",
    "安徽金寨县",
    "湖南永顺县",
    "广西都安县",
)
RECRUITERS = ("self", "county", "federation", "school")

SHOP_FIRST = (
    "小鹿",
    "山野",
    "半亩",
    "青禾",
    "南枝",
    "北岸",
    "云朵",
    "长风",
    "拾光",
    "木语",
    "知夏",
    "橘子",
    "白鲸",
    "星河",
    "麦田",
    "竹里",
    "晨光",
    "海棠",
    "松间",
    "一味",
    "糖果",
    "老街",
    "极光",
    "花时",
    "原点",
    "半夏",
    "鹿鸣",
    "满仓",
    "良物",
    "轻舟",
)
SHOP_TRADES = (
    "家居",
    "茶行",
    "童装",
    "女装",
    "数码",
    "母婴",
    "护肤",
    "零食",
    "户外",
    "文具",
    "厨具",
    "宠物",
    "家电",
    "鞋包",
    "珠宝",
    "图书",
    "生鲜",
)
SHOP_ENDINGS = ("旗舰店", "专卖店", "官方店", "小店", "工厂店")
CITIES = ("杭州", "广州", "义乌", "泉州", "深圳", "青岛", "苏州", "成都", "武汉", "厦门")


def person_name(rng: Generator) -> str:
    """Return a family name with one or two given characters."""
    name = _one(rng, SURNAMES) + _one(rng, GIVEN_FIRST)
    return name + _one(rng, GIVEN_SECOND) if rng.random() < 0.75 else name


def shop_names(rng: Generator, count: int) -> list[str]:
    """Return so many different shop names, in random order."""
    every = [
        f"{first}{trade}{ending}" for first in SHOP_FIRST for trade in SHOP_TRADES for ending in SHOP_ENDINGS
    ]
    if count > len(every):
        raise ValueError(f"{count} shops wanted, but only {len(every)} names can be made")
    # The mockups' shop comes first, so that pictures and tests find it.
    chosen = [every[index] for index in rng.permutation(len(every)) if every[index] != "小鹿家居旗舰店"]
    return ["小鹿家居旗舰店", *chosen[: count - 1]]


def _one(rng: Generator, of: str) -> str:
    return of[int(rng.integers(len(of)))]
