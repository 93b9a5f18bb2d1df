"""The values that several passages give: are they grouped as a person would group them?"""
